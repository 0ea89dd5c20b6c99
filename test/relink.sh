#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The relink proof. Every file testdata/relink/<trap>.S or .c is compiled once per configuration, linked at
# several bases, moved by rvreloc from one base to the other, and compared with what the linker itself wrote
# there: the whole file, but for the build id.
#
#   test/relink.sh            all of it, but for the way back from some bases: each configuration has its own
#   test/relink.sh GLOB...    the configurations whose name matches, e.g. 'hi20-lo12/*' or '*/ld/*', whole
#
# A configuration is named <trap>/<arch>/<cc>/<model>[/<variant>]/<link>/<from>-<to>. An input says in its header
# comment what it wants, one directive a line:
#
#   @directive value...               for all its configurations
#   @directive[words] value...        for those that have, for each of the words, a part of the name which that
#                                     word matches as a glob, [rv32* ld] say; !word wants that no part matches
#
# Of directives with one name the last that applies wins, but flags, ldflags and retarget add up:
#
#   @arch      rv64imac rv64ima rv32imac rv32ima           @cc        gcc clang14 clang19
#   @model     medany medlow                               @link      words of the table `recipe` below
#   @variant   words of the input's own choice, to hang other directives on
#   @parts     N      compile the file N times, with -DPART=1 to N, and link the objects in this order
#   @solib            compile it once more, with -DSOLIB, into a shared library that the image is linked with
#   @flags     for the compiler                            @ldflags   for the linker
#   @script    the linker script, from this folder, in which @BASE@ stands for the base; none: the linker's own
#   @post      command to run on each linked file, as a step after the link would; see the functions for @post
#   @bases     A B... the addresses: A to each other and back, and to itself, which always gives the same file.
#              >B: only from A to B, and the linker need not manage B. +0x...: relative to A
#   @retarget  options for rvreloc
#   @by        delta, where the base is not the lowest address, for there are loaded headers before it
#   @expect    what must come out, one of
#       equal                   the linker's file, byte for byte, there and back again
#       same-image "why"        its loaded bytes, segments and entry; tables for tools differ
#       same-debug "why"        its file, once both have their debug sections decompressed
#       same-meaning "why"      its code reaches the same places by other instructions; the rest is its image
#       keeps-meaning "why"     as same-meaning, but next to the file at A: the linker cannot link this one
#       refuse "text"...        exit status 2, no file, and a message with each text in it
#       warn "text"... but GLOB a message with each text, and the linker's file but for the sections GLOB
#       linker-fails "text"     the linker cannot link one of the two, and this text is in what it says
#
# A shift of 0 gives the file itself, whatever else is expected. Nothing is left out for want of a tool: a missing
# compiler is a failure. Work files of inputs with failures stay in build/relink/<trap>/.

set -euo pipefail
shopt -s extglob

tree=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
inputs=$tree/testdata/relink
build=${BUILD:-$tree/build}/relink
RVRELOC=${RVRELOC:-$tree/build/rvreloc}	# or several, which take turns
CROSS=${CROSS:-riscv64-linux-gnu-}
JOBS=${JOBS:-$(nproc)}
records=--emit-relocs
declare -i moves=0
export LC_ALL=C

# Which objects (with relaxation records, or plain ones), which linker, which of its options.
declare -A recipe=(
	[ld]="relax ${CROSS}ld"
	[ld-norelax]="relax ${CROSS}ld --no-relax"
	[ld-plain]="plain ${CROSS}ld"
	[lld14]="relax ld.lld-14"
	[lld14-plain]="plain ld.lld-14"
	[lld19]="relax ld.lld-19"
	[lld19-norelax]="relax ld.lld-19 --no-relax"
	[lld19-plain]="plain ld.lld-19 --no-relax"
)

# What an input gets that does not say otherwise.
defaults='
@arch     rv64imac rv32imac
@cc       gcc
@model    medany
@link     ld ld-norelax ld-plain lld14-plain lld19 lld19-plain
@bases         0xffffffff80200000 +0x34200000 +-0x1f80000000 >0x84000000
@bases[medlow] 0xffffffff80200000 +0x34200000 0x10200000
@bases[rv32*]  0x80200000 +0x40200000 +-0x70000000
@script   kernel.ld
@expect   equal
'

# --- directives ---------------------------------------------------------------------------------------------

read_directives() # FILE
{
	local line pattern='^[[:space:]*#/]*@([a-z]+)(\[([^]]*)\])?([[:space:]]+(.*))?$'

	d_name=() d_selector=() d_value=()
	while IFS= read -r line; do
		[[ $line =~ $pattern ]] || continue
		d_name+=("${BASH_REMATCH[1]}")
		d_selector+=("${BASH_REMATCH[3]}")
		d_value+=("${BASH_REMATCH[5]%%*([[:space:]])?(\*/)}")
	done < <(printf '%s' "$defaults"; cat "$1")
}

# Does each word of the selector match a part of the configuration's name so far?
selected() # SELECTOR
{
	local word part found
	local -a words parts

	read -ra words <<<"$1"
	IFS=/ read -ra parts <<<"$config"
	for word in "${words[@]}"; do
		found=no
		for part in "${parts[@]}"; do
			# shellcheck disable=SC2053 # the word is a glob
			[[ $part == ${word#!} ]] && found=yes
		done
		[[ $word == !* ]] && { [[ $found == no ]] || return 1; continue; }
		[[ $found == yes ]] || return 1
	done
}

# Puts into $value what the directive says for the present configuration.
value_of() # DIRECTIVE
{
	local i

	value=
	for i in "${!d_name[@]}"; do
		[[ ${d_name[i]} == "$1" ]] || continue
		selected "${d_selector[i]}" || continue
		case $1 in
		flags|ldflags|retarget) value+=" ${d_value[i]}" ;;
		*) value=${d_value[i]} ;;
		esac
	done
}

# --- objects and images -------------------------------------------------------------------------------------

compile() # OUT EXTRA...
{
	local out=$1 abi=lp64 bits=64 flags
	shift

	[[ $arch == rv32* ]] && abi=ilp32 bits=32
	value_of flags; flags=$value
	local -a cmd=("${CROSS}gcc")
	[[ $cc == clang* ]] && cmd=("clang-${cc#clang}" "--target=riscv$bits-linux-gnu")
	# shellcheck disable=SC2086 # flags are words
	"${cmd[@]}" -c -O2 -march="$arch" -mabi=$abi -mcmodel="$model" -ffreestanding -fno-pic -fno-pie \
		-fno-asynchronous-unwind-tables -fno-stack-protector "$@" $flags "$source" -o "$out"
}

# Leaves the objects' names in $objects, compiled once however often they are linked.
compile_objects() # relax|plain
{
	local parts part out relax=-mrelax

	[[ $1 == plain ]] && relax=-mno-relax
	value_of parts; parts=${value:-1}
	objects=() solib_object=
	for ((part = 1; part <= parts; part++)); do
		out=$work/${objdir//\//.}.$1.$part.o
		[[ -e $out ]] || compile "$out" $relax -DPART="$part" || return 1
		objects+=("$out")
	done
	if has_directive solib; then
		solib_object=$work/${objdir//\//.}.$1.so.o
		[[ -e $solib_object ]] || compile "$solib_object" $relax -fPIC -DSOLIB || return 1
	fi
}

has_directive() { [[ " ${d_name[*]} " == *" $1 "* ]]; }

link_at() # BASE OUT
{
	local base=$1 out=$2 script ldflags emulation=elf64lriscv
	local -a how cmd files=("${objects[@]}")

	[[ $arch == rv32* ]] && emulation=elf32lriscv
	read -ra how <<<"${recipe[$link]}"
	value_of ldflags; ldflags=$value
	cmd=("${how[@]:1}" -m "$emulation" ${records:+"$records"} --build-id=none -z noexecstack)
	if [[ -n $solib_object ]]; then
		"${cmd[@]}" -shared --version-script="$inputs/solib.map" -o "$work/libsolib.so" "$solib_object"
		files+=("$work/libsolib.so")
	fi
	value_of script; script=$value
	if [[ $script != none ]]; then
		at_base "$base" <"$inputs/$script" >"$out.ld"
		cmd+=(-T "$out.ld")
	elif [[ ${how[1]} == *lld* ]]; then
		cmd+=(--image-base="$base")
	else
		cmd+=(-Ttext-segment="$base")
	fi
	[[ ${how[1]} == *lld* ]] || cmd+=(--no-warn-rwx-segments)
	# shellcheck disable=SC2086 # flags are words
	"${cmd[@]}" ${ldflags//@BASE@/$base} -o "$out" "${files[@]}" || return
	value_of post
	[[ -z $value ]] || eval "$value \"\$out\""
}

# Puts the base into a script.
at_base() # BASE <SCRIPT
{
	local text

	IFS= read -r -d '' text || true
	printf '%s\n' "${text//@BASE@/$1}"
}

# Links at a base unless that was done or has failed before.
have_image() # BASE
{
	local config=$linked

	image=$work/${config//\//.}.$1
	[[ -e $image ]] && return
	[[ -e $image.failed ]] && return 1
	if ! link_at "$1" "$image" 2>"$image.log"; then
		rm -f "$image"
		: >"$image.failed"
		return 1
	fi
}

# --- for @post: edits that happen to a linked file, as by the kernel's sorttable ------------------------------

section_offset() # NAME FILE: where its contents are, and how many
{
	"${CROSS}readelf" -SW "$2" | sed -n 's/^ *\[ *[0-9]*\] //p' |
		awk -v name="$1" '$1 == name { print "0x" $4, "0x" $5 }'
}

overwrite() { dd of="$1" bs=1 seek="$(($2))" conv=notrunc status=none; } # FILE OFFSET <BYTES

zero_section() # NAME FILE
{
	local offset size

	read -r offset size < <(section_offset "$1" "$2") || return
	head -c "$((size))" /dev/zero | overwrite "$2" "$offset"
}

poke() # NAME OFFSET BYTES FILE, the bytes as \\x12\\x34
{
	local offset

	read -r offset _ < <(section_offset "$1" "$4") || return
	printf '%b' "$3" | overwrite "$4" "$offset + $2"
}

swap() # NAME OFFSET OFFSET SIZE FILE
{
	local offset copy=$5.unswapped

	read -r offset _ < <(section_offset "$1" "$5") || return
	cp "$5" "$copy"
	tail -c "+$((offset + $2 + 1))" "$copy" | head -c "$4" | overwrite "$5" "$offset + $3"
	tail -c "+$((offset + $3 + 1))" "$copy" | head -c "$4" | overwrite "$5" "$offset + $2"
}

# --- comparing ----------------------------------------------------------------------------------------------

# Shows where two files differ, as section+offset and the bytes of either. Bytes of a build id do not count, nor
# do sections that match the third argument.
differences() # OURS THEIRS [GLOB]
{
	local sections size_ours size_theirs but=${3:-}

	sections=$("${CROSS}readelf" -hSW "$2" 2>/dev/null |
		sed -n 's/^ *\[ *\([0-9]*\)\] //p;s/^ *Start of \([a-z]*\) headers: *\([0-9]*\).*/@ \1 \2/p')
	size_ours=$(stat -c %s "$1") size_theirs=$(stat -c %s "$2")
	[[ $size_ours == "$size_theirs" ]] || echo "size: ours $size_ours, the linker's $size_theirs"
	{ cmp -l "$1" "$2" 2>/dev/null || true; } | awk -v sections="$sections" -v but="$but" "$awk_decode"
}

# shellcheck disable=SC2016 # awk's own dollars
awk_decode='
function hex(s,   i, v) { v = 0; s = tolower(s)
	for (i = 1; i <= length(s); i++) v = v * 16 + index("0123456789abcdef", substr(s, i, 1)) - 1
	return v }
function octal(s) { return sprintf("%02x", substr(s, length(s)) + 8 * substr(s, length(s) - 1, 1) + \
	64 * substr(s, length(s) - 2, 1)) }
function glob(g) { gsub(/[.]/, "[.]", g); gsub(/[*]/, ".*", g); return "^(" g ")$" }
function where(o,   i) {
	for (i = 1; i <= n; i++) if (o >= from[i] && o < from[i] + size[i]) return i
	return 0 }
function flush() {
	if (ours == "") return
	if (++groups <= 12) {
		if (in_section)
			place = name[in_section] sprintf("+0x%x", start - from[in_section]) \
				(each[in_section] > 1 ? sprintf(" [%d]", (start - from[in_section]) / each[in_section]) : "")
		else
			place = start >= headers["section"] ? "section headers" : start >= headers["program"] && \
				start < headers["program"] + 1024 ? "program headers" : "ELF header"
		printf "%s (file 0x%x): ours%s, the linker'\''s%s\n", place, start, ours, theirs
	}
	ours = "" }
BEGIN {
	lines = split(sections, line, "\n")
	for (i = 1; i <= lines; i++) {
		fields = split(line[i], f, " ")
		if (f[1] == "@") { headers[f[2]] = f[3]; continue }
		if (f[1] == "NULL" || f[2] == "NOBITS") continue
		n++; name[n] = f[1]; from[n] = hex(f[4]); size[n] = hex(f[5]); each[n] = hex(f[6])
		if (f[1] == ".note.gnu.build-id") { id = from[n] + 16; id_end = from[n] + size[n] }
	}
	but = glob(but) }
{
	o = $1 - 1
	if (o >= id && o < id_end) next
	s = where(o)
	if (s && name[s] ~ but) next
	if (ours != "" && (o > last + 3 || s != in_section)) flush()
	if (ours == "") { start = o; in_section = s; theirs = "" }
	else for (; last + 1 < o; last++) { ours = ours " .."; theirs = theirs " .." }
	ours = ours " " octal("00" $2); theirs = theirs " " octal("00" $3); last = o }
END { flush(); if (groups > 12) printf "and %d more places\n", groups - 12 }'

same_file() # OURS THEIRS [GLOB]
{
	cmp -s "$1" "$2" || { why=$(differences "$@"); [[ -z $why ]]; }
}

# What a loader and a debugger's address map see: entry, segments, allocated sections.
outline() { "${CROSS}readelf" -lW "$1" | sed '/^Elf file type/d;s/RISCV_ATTRIBUT .*//'; allocated "$1"; }

allocated() # FILE: name, type, address and size of what is loaded
{
	"${CROSS}readelf" -SW "$1" |
		awk '/^ *\[/ { sub(/^ *\[ *[0-9]+\] /, ""); if ($7 ~ /A/) print $1, $2, $3, $5 }'
}

same_image() # OURS THEIRS [OBJCOPY OPTION...]
{
	local ours=$1 theirs=$2
	shift 2

	why=$(diff <(outline "$ours") <(outline "$theirs") | head -n 12) || return 1
	"${CROSS}objcopy" -O binary "$@" "$ours" "$ours.bin"
	"${CROSS}objcopy" -O binary "$@" "$theirs" "$theirs.bin"
	cmp -s "$ours.bin" "$theirs.bin" || { why=$(differences "$ours" "$theirs" '.symtab|.strtab|.rela.*'); return 1; }
}

same_debug() # OURS THEIRS
{
	local f
	for f in "$@"; do
		"${CROSS}objcopy" --decompress-debug-sections "$f" "$f.plain" || { why="objcopy cannot read $f"; return 1; }
	done
	same_file "$1.plain" "$2.plain"
}

# The disassembly with every target by name, and without how the instructions spell it: auipc, lui and the zero
# register are followed to those that complete them. Addresses are reckoned modulo 2^48, which awk holds exactly.
meaning() # FILE
{
	{
		"${CROSS}nm" "$1" | sort -k 1,1 -k 3,3 | sed 's/^/symbol /'
		"${CROSS}objdump" -d -M no-aliases --no-show-raw-insn "$1"
	} | awk "$awk_meaning"
}

# shellcheck disable=SC2016 # awk's own dollars
awk_meaning='
function hex(s,   i, v) { v = 0; s = tolower(s); sub(/^0x/, "", s); s = substr(s, length(s) > 12 ? length(s) - 11 : 1)
	for (i = 1; i <= length(s); i++) v = v * 16 + index("0123456789abcdef", substr(s, i, 1)) - 1
	return v }
function wrap(v) { while (v < 0) v += 2 ^ 48; while (v >= 2 ^ 48) v -= 2 ^ 48; return v }
function upper(s,   v) { v = hex(s); return (v >= 524288 ? v - 1048576 : v) * 4096 }
function called(v,   i, best) {
	for (i = 1; i <= n; i++) if (at[i] <= v && v - at[i] < 65536 && (!best || at[i] > at[best])) best = i
	return best ? sprintf("%s+0x%x", name[best], v - at[best]) : sprintf("0x%x", v) }
BEGIN { value["zero"] = 0 }
$1 == "symbol" { if (NF == 4 && $3 !~ /[aA]/) { n++; at[n] = hex($2); name[n] = $4 } next }
/^[0-9a-f]+ </ { sub(/^[0-9a-f]+ /, ""); print; next }
!/^ *[0-9a-f]+:\t/ { next }
{
	pc = $1; sub(/:/, "", pc); op = $2; sub(/^c[.]/, "", op)
	operands = $3
	fields = split(operands, operand, ",")
	rd = operand[1]
	to = ""
	if (op == "auipc" || op == "lui") { value[rd] = wrap(upper(operand[2]) + (op == "lui" ? 0 : hex(pc))); next }
	if (op == "li") { op = "addi"; operand[3] = operand[2]; operand[2] = "zero"; fields = 3 }
	if (match(operands, /-?[0-9]+[(][a-z0-9]+[)]$/)) {
		split(substr(operands, RSTART), part, /[()]/)
		if (part[2] in value) to = wrap(value[part[2]] + part[1])
	} else if (op == "addi" && (operand[2] in value))
		to = wrap(value[operand[2]] + operand[3])
	else if ($4 ~ /^</)
		to = hex(operand[fields])
	if (op ~ /^(jal|jalr|j|jr)$/) { op = "jump"; if (fields == 1) rd = "zero" }
	if (op !~ /^(s[bhwd]|b.*)$/ && rd != "zero") delete value[rd]
	if (to == "") print op, operands
	else { if ($4 ~ /^</ && fields > 2) rd = rd "," operand[2]; print op, rd, "->", called(to) }
}'

same_meaning() # OURS THEIRS
{
	why=$(diff <(meaning "$1") <(meaning "$2") | head -n 12) || return 1
	# Where the layout is the same as well, all but the code is compared too; where it is not, it begins the same.
	if diff <(allocated "$1" | cut -d ' ' -f 1,4) <(allocated "$2" | cut -d ' ' -f 1,4) >/dev/null; then
		same_image "$1" "$2" -R '.text*' -R '.*.text'
	else
		why=$(diff <(beginning "$1") <(beginning "$2"))
	fi
}

beginning() { "${CROSS}readelf" -h "$1" | grep Entry; allocated "$1" | head -n 1 | cut -d ' ' -f 1-3; }

# --- one configuration --------------------------------------------------------------------------------------

# Runs rvreloc; its command line is kept for the report.
retarget() # FROM OUT OPTION...
{
	local from=$1 out=$2
	shift 2

	value_of retarget
	# shellcheck disable=SC2206 # programs and options are words
	local programs=($RVRELOC)
	# shellcheck disable=SC2206
	command=("${programs[moves++ % ${#programs[@]}]}" retarget "$@" $value -o "$out" "$from")
	status=0
	"${command[@]}" >"$out.out" 2>"$out.err" || status=$?
}

# Sets $why and returns 1 unless the move of $from to $to is as $expect says.
judge()
{
	local kind=${expect[0]} ours=$work/${config//\//.}.moved original
	local -a texts=("${expect[@]:1}")

	if [[ $kind == linker-fails ]]; then
		have_image "$from" && have_image "$to" && { why="the linker was said to fail, but did not"; return 1; }
		says "$image.log" "${texts[@]}"
		return
	fi
	[[ $from != "$to" || $kind == same-debug ]] || kind=equal
	have_image "$from" || { why="cannot link at $from: $(head -n 3 "$image.log")"; return 1; }
	original=$image
	value_of by
	if [[ $value == delta ]]; then
		retarget "$original" "$ours" --delta="$((to - from))"
	else
		retarget "$original" "$ours" --to="$to"
	fi
	case $kind in
	refuse) was_refused ;;
	keeps-meaning) was_moved && keeps_meaning ;;
	*) was_moved && agrees_with_linker && { [[ $kind != equal && $kind != same-meaning ]] || comes_back; } ;;
	esac
}

was_moved() { [[ $status == 0 ]] || { why="exit status $status: $(head -n 5 "$ours.err")"; return 1; }; }

was_refused()
{
	[[ $status == 2 ]] || { why="exit status $status, not 2$(versus)"; return 1; }
	[[ ! -e $ours ]] || { why="refused, and yet made a file"; return 1; }
	says "$ours.err" "${texts[@]}"
}

# For a file that should have been refused: does it at least agree with the linker's?
versus()
{
	[[ $status == 0 ]] || return 0
	have_image "$to" || { echo "; the linker cannot make this one"; return; }
	same_file "$ours" "$image" && echo "; the file is the linker's" || echo "; the file is not the linker's"$'\n'"$why"
}

agrees_with_linker()
{
	have_image "$to" || { why="cannot link at $to: $(head -n 3 "$image.log")"; return 1; }
	case $kind in
	equal) same_file "$ours" "$image" ;;
	same-image) same_image "$ours" "$image" ;;
	same-debug) same_debug "$ours" "$image" ;;
	same-meaning) same_meaning "$ours" "$image" ;;
	warn) says "$ours.err" "${texts[@]:0:${#texts[@]}-2}" && same_file "$ours" "$image" "${texts[-1]}" ;;
	*) why="unknown expectation $kind"; return 1 ;;
	esac
}

# The linker cannot link at $to, so that it is compared with the file at $from.
keeps_meaning()
{
	! have_image "$to" || { why="the linker was said to fail at $to, but did not"; return 1; }
	why=$(diff <(meaning "$ours") <(meaning "$original") | head -n 12) || return 1
	[[ $((16#$(allocated "$ours" | awk 'NR == 1 { print $3 }'))) == $((to)) ]] ||
		{ why="does not begin at $to"; return 1; }
}

# What was moved there must come back as it was.
comes_back()
{
	local back=$ours.back

	retarget "$ours" "$back" --delta="$((from - to))"
	[[ $status == 0 ]] || { why="and back: exit status $status: $(head -n 5 "$back.err")"; return 1; }
	case $kind in
	equal) same_file "$back" "$original" ;;
	same-meaning) same_meaning "$back" "$original" ;;
	esac || { why="there and back again is another file:"$'\n'"$why"; return 1; }
}

says() # FILE TEXT...
{
	local said text
	said=$(<"$1")
	shift
	for text; do
		[[ $said == *"$text"* ]] || { why="does not say \"$text\", but: $(head -n 5 <<<"$said")"; return 1; }
	done
}

run_configuration()
{
	local why='' image value status linked=$config config=$config/$from-$to
	local -a expect command=()

	wanted "$config" || return 0
	value_of expect
	eval "expect=($value)"
	if judge; then
		echo "ok $config"
	else
		echo "FAIL $config: ${expect[0]}"
		[[ ${#command[@]} == 0 ]] || echo "  ${command[*]}"
		[[ -z $why ]] || echo "  ${why//$'\n'/$'\n  '}"
	fi
}

wanted() # NAME
{
	local glob
	[[ ${#globs[@]} == 0 ]] && return
	for glob in "${globs[@]}"; do
		# shellcheck disable=SC2053
		[[ $1 == $glob ]] && return
	done
	return 1
}

# May a wanted name begin with this? Saves compiling what nobody asked for; sure of the negative only.
maybe_wanted() # TRAP
{
	local glob
	[[ ${#globs[@]} == 0 ]] && return
	for glob in "${globs[@]}"; do
		[[ $glob == \** || ${glob%%/*} == *[*?[]* ]] && return
		# shellcheck disable=SC2053
		[[ $1 == ${glob%%/*} ]] && return
	done
	return 1
}

# Runs the pairs of bases of one linked configuration.
run_bases()
{
	local base from to i first turn
	local -a bases targets=()

	value_of bases
	read -ra bases <<<"$value"
	value_of expect
	[[ $value != linker-fails* ]] || bases=("${bases[0]}")
	for i in "${!bases[@]}"; do
		base=${bases[i]}
		[[ $base == '>'* ]] && { targets[i]=only; base=${base#>}; }
		[[ $base == +* ]] && base=$((first + ${base#+}))
		[[ $arch == rv32* ]] && base=$((base & 0xffffffff))
		printf -v 'bases[i]' '0x%x' "$base"
		[[ $i == 0 ]] && first=$base
	done
	turn=$(cksum <<<"$config")
	turn=$((${turn%% *} % ${#bases[@]}))
	for i in "${!bases[@]}"; do
		from=${bases[0]} to=${bases[i]} run_configuration
		[[ $i == 0 || ${targets[i]:-} == only ]] && continue
		((turn > 0 && turn != i && ${#globs[@]} == 0)) && continue
		from=${bases[i]} to=${bases[0]} run_configuration
	done
}

run_input() # SOURCE TRAP
{
	local source=$1 trap=$2 work config objdir arch cc model variant link value
	local -a d_name d_selector d_value objects archs ccs models variants links
	local solib_object

	work=$build/$trap
	rm -rf "$work"
	mkdir -p "$work"
	ulimit -t 120 # seconds of one program: to hang is to fail
	read_directives "$source"
	config=$trap
	value_of arch; read -ra archs <<<"$value"
	for arch in "${archs[@]}"; do
		config=$trap/$arch
		value_of cc; read -ra ccs <<<"$value"
		for cc in "${ccs[@]}"; do
			config=$trap/$arch/$cc
			value_of model; read -ra models <<<"$value"
			for model in "${models[@]}"; do
				config=$trap/$arch/$cc/$model
				value_of variant; read -ra variants <<<"$value"
				for variant in "${variants[@]-}"; do
					objdir=$arch/$cc/$model${variant:+/$variant}
					config=$trap/$objdir
					value_of link; read -ra links <<<"$value"
					for link in "${links[@]}"; do
						config=$trap/$objdir
						run_link
					done
				done
			done
		done
	done
}

run_link()
{
	local kind

	read -r kind _ <<<"${recipe[$link]?no such recipe}"
	if ! compile_objects "$kind" 2>"$work/compile.log"; then
		echo "FAIL $config/$link: does not compile"
		head -n 10 "$work/compile.log"
		return
	fi
	config=$config/$link
	run_bases
}

# --- all of them --------------------------------------------------------------------------------------------

main()
{
	local source trap out running=0 done_pid passed failed
	local -a globs=("$@")
	local -A results

	mkdir -p "$build"
	: >"$build/log"
	for source in "$inputs"/*.[Sc]; do
		trap=${source##*/} trap=${trap%.*}
		maybe_wanted "$trap" || continue
		((running < JOBS)) || finish_one
		out=$build/$trap.result
		(run_input "$source" "$trap") >"$out" 2>&1 &
		results[$!]=$out
		running=$((running + 1))
	done
	while ((running)); do
		finish_one
	done
	passed=$(grep -c '^ok ' "$build/log" || true)
	failed=$(grep -c '^FAIL ' "$build/log" || true)
	((passed + failed)) || { echo "no configuration of that name" >&2; failed=1; }
	echo "$passed passed, $failed failed"
	((failed == 0))
}

# Waits for one input to be through and shows its results. One that broke off is a failure.
finish_one()
{
	local status=0

	wait -n -p done_pid || status=$?
	running=$((running - 1))
	{
		cat "${results[$done_pid]}"
		((status == 0)) || echo "FAIL ${results[$done_pid]##*/}: broke off with status $status"
	} | tee -a "$build/log"
	# Whatever failed can be looked at afterwards.
	grep -q '^FAIL ' "${results[$done_pid]}" || rm -rf "${results[$done_pid]%.result}"
}

# test/table.sh has other questions to the same links.
[[ ${BASH_SOURCE[0]} != "$0" ]] || main "$@"
