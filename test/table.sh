#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Boot tables and --strip-relocs, on the inputs of the relink proof: each is linked once, at its first base, and
#
#   table   the running image is moved by its table, as test/boottable.c reads doc/table.md, to each of the other
#           bases, and is then in memory what `rvreloc retarget` makes of the file. A table may be refused where the
#           file could be moved only for what `refuses` below says of the input.
#   strip   without its records it is what the linker makes without --emit-relocs: to the last byte, for GNU ld and
#           where it has no empty section; else in all that is loaded, in its sections and symbols but the local
#           labels that lld keeps.
#
#   test/table.sh           each input by the first recipe it has of GNU ld, and the first of lld, for one base each
#   test/table.sh GLOB...   the configurations whose name matches, as in test/relink.sh, by every recipe: '*' for all

# shellcheck source=test/relink.sh
source "$(dirname "${BASH_SOURCE[0]}")/relink.sh"
build=${BUILD:-$tree/build}/table

# What a table cannot do that retargeting can. Every text has to be seen.
declare -A refuses=(
	[dynamic]="takes a dynamic loader"
	[dynamic-tls]="takes a dynamic loader"
	[dynamic-tlsdesc]="takes a dynamic loader"
	[got-tls]="takes a dynamic loader"
	[ifunc]="R_RISCV_IRELATIVE at"
	[fixed-branch]="R_RISCV_BRANCH against rom: branch: a boot table has no such field"
	[fixed-call-relaxed]="R_RISCV_JAL against rom: jal: a boot table has no such field"
	[gprel-fixed]="R_RISCV_GPREL_I against near: I-type: a boot table has no such field"
	[pie-constant]="to make it the constant 0x1234, which no R_RISCV_RELATIVE can say"
	[overlay]="a boot table cannot tell which of the two is in memory"
	[word64-rv32]="64-bit word: a boot table has no such field"
)

# Where the linker itself makes something else of it without records: what differs.
declare -A another=(
	[moved-headers]="_end"		# of an empty section at an address of its own
	[overlay]="LOAD"		# a segment made longer by an empty section
	[tls]="LOAD"			# the same
	[segments]="< .eh_frame PROGBITS"	# lld has it at another place among the others
)

# --- tables -------------------------------------------------------------------------------------------------

table() # FORMAT OUT IMAGE: options that are about symbols only
{
	local option
	local -a options=()

	value_of retarget
	for option in $value; do
		[[ $option != --fixed=* && $option != --moves=* ]] || options+=("$option")
	done
	"$RVRELOC" table --format="$1" "${options[@]}" -o "$2" "$3" 2>"$2.err"
}

limit() { sed -n "s/^#define RVRELOC_$1 UINT64_C(\(.*\))/\1/p" "$2"; } # NAME C-FILE

# Unsigned comparison of addresses, which bash has not.
below() { [[ $(printf '%016x' "$1") < $(printf '%016x' "$2") ]]; }

# May the image be at $to, says the table?
within_reach() # ORIGINAL
{
	local tab lowest highest align

	have_table c "$1" || return
	lowest=$(limit LOWEST "$tab") highest=$(limit HIGHEST "$tab") align=$(limit ALIGN "$tab")
	((((to - from) & (align - 1)) == 0)) && ! below "$((to))" "$lowest" && ! below "$highest" "$((to))"
}

# Makes a table once, however often it is used.
have_table() # FORMAT IMAGE
{
	tab=$work/${linked//\//.}.$1
	[[ -e $tab.ok ]] && return
	[[ ! -e $tab.failed ]] && table "$1" "$tab" "$2" && : >"$tab.ok" && return
	: >"$tab.failed"
	return 1
}

# Those of other formats, of which only c and, where no place is at the very start, offsets can hold all kinds.
applies_others() # ORIGINAL MOVED
{
	local format formats=offsets tab c

	have_table c "$1" || { why="no c table: $(head -n 3 "$tab.err")"; return 1; }
	c=$tab
	have_table offsets "$1" || { formats=; in_c "$1" "$2" "$c" || return; }
	grep -q '^#define RVRELOC_\(WORDS_SUB\|HALVES\|HALVES_SUB\|CLUIS\) [1-9]' "$c" || formats+=" rela relr"
	for format in $formats; do
		have_table "$format" "$1" || { why="no table: $(head -n 3 "$tab.err")"; return 1; }
		[[ $format == relr && -s $tab.err ]] && continue	# leftovers
		why=$("$build/boottable" "$format" "$tab" "$1" "$2" 2>&1) || { why="$format: $why"; return 1; }
	done
}

in_c() # ORIGINAL MOVED C-FILE
{
	# A count that is 0 is compared with.
	why=$(cc -std=c11 -Wall -Wextra -Werror -Wno-type-limits -D_GNU_SOURCE "-DTABLE_C=\"$3\"" -o "$3.bin" \
		"$tree/test/boottable.c" 2>&1 && "$3.bin" c - "$1" "$2" 2>&1)
}

# PIEs that GNU ld links leave their words to .rela.dyn: only RELA says what they hold.
waits_for_loader() { grep -q 'waits for a dynamic loader' "$1.err"; }

judge_table()
{
	local tab said=0 moved=$work/${config//\//.}.moved trap=${config%%/*}

	have_image "$from" || return 0
	retarget "$image" "$moved" --delta="$((to - from))"
	if ! have_table rvr "$image"; then
		if waits_for_loader "$tab" && have_table rela "$image"; then
			[[ $status == 0 ]] || return 0
			why=$("$build/boottable" rela "$tab" "$image" "$moved" 2>&1)
		else
			refused_well "$tab.err"
		fi
		return
	fi
	if [[ $status != 0 ]]; then
		cannot_follow
		return
	fi
	why=$("$build/boottable" rvr "$tab" "$image" "$moved" 2>&1) || said=$?
	if ((said == 3)); then
		! within_reach "$image" || { why="the table says that it can, and boot/ that it cannot"; return 1; }
		echo "out of reach: $config" >>"$build/reach"
	elif ((said)); then
		return 1
	elif [[ $to == "${bases[1]}" && ($link == ld || $link == lld19-plain) ]]; then
		applies_others "$image" "$moved"
	fi
}

# The file cannot be moved there. Debug information is none of a table's business.
cannot_follow()
{
	grep -q 'does not fit\|--debug=\|alignment' "$moved.err" ||
		{ why="retarget refuses, table does not: $(head -n 3 "$moved.err")"; return 1; }
	! grep -q 'does not fit' "$moved.err" || ! within_reach "$image" ||
		{ why="retarget cannot, and the table says it can"; return 1; }
}

# For the reason that the file cannot be moved either, or for one that is listed.
refused_well() # MESSAGES
{
	local text=${refuses[$trap]:-}

	[[ ! -e ${1%.err} ]] || { why="refused, and yet made a file"; return 1; }
	if [[ $status != 0 ]]; then
		why=$(diff <(sort "$1" | sed 's/--max-errors.*//') <(sort "$moved.err" | sed 's/--max-errors.*//') | head -n 6) ||
			[[ -n $text ]] || return 1
		[[ -n $why ]] || return 0
	fi
	[[ -n $text ]] || { why="refused: $(head -n 3 "$1")"; return 1; }
	says "$1" "$text" && echo "$trap" >>"$build/refused"
}

# --- without records ----------------------------------------------------------------------------------------

# Sections with something in them; sizes of symbol tables and names are the symbols' affair.
section_list() # FILE
{
	"${CROSS}readelf" -SW "$1" | sed -n 's/^ *\[ *[0-9]*\] //p' |
		awk '$1 != "NULL" && (hex = $5) !~ /^0*$/ { print $1, $2, $1 ~ /^[.](sym|str|shstr)tab$/ ? "" : $5 }'
}

symbol_list() # FILE
{
	"${CROSS}readelf" -sW "$1" |
		awk '/^Symbol table/ { table = $3 } /^ *[0-9]+:/ && $8 !~ /^[.]L/ && !($4 == "SECTION") {
			print table, $2, $3, $4, $5, $6, $8 }' | sort
}

labels_left() { "${CROSS}readelf" -sW "$1" | awk '$5 == "LOCAL" && $8 ~ /^[.]L/' | head -n 3; }

# GNU ld keeps these only beside records, with a number and a place in the file.
has_empty_sections() # FILE
{
	"${CROSS}readelf" -SW "$1" | sed -n 's/^ *\[ *[0-9]*\] //p' | awk '$1 != "NULL" && $5 ~ /^0*$/ { n++ } END { exit !n }'
}

judge_strip()
{
	local ours=$work/${config//\//.}.stripped theirs file empty=

	have_image "$from" || return 0
	if [[ $config == relocatable/* ]]; then
		! "$RVRELOC" retarget --delta=0 --strip-relocs -o "$ours" "$image" 2>"$ours.err" && [[ ! -e $ours ]] &&
			says "$ours.err" "not a linked image"
		return
	fi
	"${CROSS}readelf" -SW "$image" | grep -c ' RELA ' >/dev/null || [[ $config == no-records/* ]] ||
		{ why="there are no records to strip"; return 1; }
	"$RVRELOC" retarget --delta=0 --strip-relocs -o "$ours" "$image" 2>"$ours.err" ||
		{ why="cannot strip: $(head -n 3 "$ours.err")"; return 1; }
	theirs=$image.plain
	(records=; link_at "$from" "$theirs") 2>/dev/null || return 0
	cmp -s "$ours" "$theirs" && return
	! has_empty_sections "$image" || empty=yes
	if [[ $link == ld* && -z $empty ]]; then
		same_file "$ours" "$theirs"
		return
	fi
	why=$("${CROSS}readelf" -aW "$ours" 2>&1 >/dev/null | grep -v 'cannot find\|Warning: Section .* has no' | head -n 3)
	[[ -z $why ]] || return 1
	why=$(labels_left "$ours")
	[[ -z $why ]] || { why="labels are left: $why"; return 1; }
	why=$(diff <(section_list "$ours") <(section_list "$theirs") | head -n 12) || return 1
	why=$(diff <(symbol_list "$ours") <(symbol_list "$theirs") | head -n 12) || return 1
	why=$(diff <(segment_list "$ours") <(segment_list "$theirs") | head -n 12) || return 1
	# Dynamic symbols name their sections by number.
	for file in "$ours" "$theirs"; do
		cp "$file" "$file.same"
		[[ -z $empty || -z $(section_offset .dynsym "$file") ]] || zero_section .dynsym "$file.same"
	done
	ours+=.same theirs+=.same
	# lld makes the id of all the file.
	"${CROSS}objcopy" -O binary -R .note.gnu.build-id "$ours" "$ours.bin"
	"${CROSS}objcopy" -O binary -R .note.gnu.build-id "$theirs" "$theirs.bin"
	cmp -s "$ours.bin" "$theirs.bin" || { why="what is loaded differs"; return 1; }
}

# Segments with something in them: GNU ld makes one of an empty section too.
segment_list() # FILE
{
	"${CROSS}readelf" -hlW "$1" | awk '/Entry point/ || ($2 ~ /^0x/ && $1 != "RISCV_ATTRIBUT" && ($6 !~ /^0x0*$/ || $1 ~ /STACK/)) { print $1, $3, $4, $5, $6, $7, $8 }'
}

# --- all configurations -------------------------------------------------------------------------------------

say() # KIND
{
	local other=${another[${config%%/*}]:-}

	if "judge_$1" || [[ $1 == strip && -n $other && $why == *"$other"* ]]; then
		echo "ok $1/$config"
	else
		echo "FAIL $1/$config"
		[[ -z $why ]] || echo "  ${why//$'\n'/$'\n  '}"
	fi
}

# How a linker relaxes is relink.sh's question; what that leaves makes no other kind of table.
recipe_counts()
{
	local other linker=${link%%[0-9-]*}

	((${#globs[@]} == 0)) || return 0
	for other in "${links[@]}"; do
		[[ ${other%%[0-9-]*} != "$linker" ]] || break
	done
	[[ $other == "$link" ]]
}

# A table does not depend on the base that is asked for: without names each has one base, by turns.
base_counts() { ((${#globs[@]} > 0)) || [[ $from == "$to" || $to == "${bases[turn > 0 ? turn : 1]:-}" ]]; }

# Takes the place of relink.sh's.
run_configuration()
{
	local why='' image value status linked=$config config=$config/$from-$to

	wanted "$config" && [[ $from == "${bases[0]}" ]] && recipe_counts && base_counts || return 0
	if [[ $from == "$to" ]]; then
		say strip
	else
		say table
	fi
}

mkdir -p "$build"
: >"$build/refused"
host=(cc -std=c11 -O1 -g -D_GNU_SOURCE -Wall -Wextra -Werror -I "$tree")
"${host[@]}" -c -o "$build/apply32.o" -DRVRELOC_HOST32 -Wno-pointer-to-int-cast -Drvreloc_apply=rvreloc_apply32 "$tree/boot/apply.c"
"${host[@]}" -o "$build/boottable" "$tree/test/boottable.c" "$tree/boot/apply.c" "$build/apply32.o"
main "$@"
