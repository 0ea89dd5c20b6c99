#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# `rvreloc verify`, on images that linkers have made: whole, damaged, and in
# pairs linked at two bases. VERIFY.SH [GLOB]: only the tests whose names
# match. Last line: N passed, N failed.
set -euo pipefail
cd "$(dirname "$0")/.."
. test/lib.sh

rv=${RVRELOC:-$PWD/build/rvreloc}
work=$PWD/build/verify
inputs=$PWD/testdata/relink
schema=$PWD/doc/verify.schema.json
python=/usr/bin/python3		# which has Debian's jsonschema
rm -rf "$work"
mkdir -p "$work"
cross=riscv64-linux-gnu-
export LC_ALL=C

k64=$(testdata/kernel/build.sh medany)
klow=$(testdata/kernel/build.sh medlow)
k32=$(testdata/kernel/build.sh rv32)
cp "$k64" "$work/k64"
cp "$klow" "$work/klow"
cp "$k32" "$work/k32"
cd "$work"

# As that of lib.sh, and stricter: each step of a test has to succeed.
check() { # NAME COMMAND...
	local name=$1
	shift
	# shellcheck disable=SC2053
	[[ $name == $only ]] || return 0
	# Not in the condition: there, bash would go on after a failure.
	(set -e; "$@") >log 2>&1 &
	if wait $!; then
		echo "ok   $name"
		passed=$((passed + 1))
	else
		echo "FAIL $name: $*"
		tail -n 40 log | sed 's/^/     /'
		failed=$((failed + 1))
	fi
}

not() { ! "$@"; }

verify() { # STATUS ARGUMENT...: that exit status; leaves out and err
	local want=$1 status=0
	shift
	"$rv" verify "$@" >out 2>err || status=$?
	cat out err
	[ "$status" = "$want" ]
}

# --- Making things. ---

# compile OUT SOURCE RV64|RV32 MODEL [FLAG...]
compile() {
	local out=$1 source=$2 abi=lp64
	[ "$3" = rv64 ] || abi=ilp32
	"${cross}gcc" -c -O2 -march="$3imac" -mabi=$abi -mcmodel="$4" -ffreestanding -fno-pic \
		-fno-asynchronous-unwind-tables -fno-stack-protector "${@:5}" "$source" -o "$out"
}
# link OUT LINKER RV64|RV32 BASE SCRIPT OBJECT [FLAG...]
link() {
	local out=$1 emulation=elf64lriscv
	[ "$3" = rv64 ] || emulation=elf32lriscv
	sed "s/@BASE@/$4/g" "$5" >"$out.ld"
	"$2" -m $emulation --emit-relocs -z noexecstack -T "$out.ld" -o "$out" "${@:6}" 2>link.err ||
		{ cat link.err; return 1; }
}

section() { # NAME FILE: its offset and size
	"${cross}readelf" -SW "$2" | sed -n 's/^ *\[ *[0-9]*\] //p' |
		awk -v name="$1" '$1 == name { print "0x" $4, "0x" $5 }'
}
poke() { # FILE SECTION OFFSET BYTES, as \x12\x34
	local offset
	read -r offset _ < <(section "$2" "$1")
	printf '%b' "$4" | dd of="$1" bs=1 seek=$((offset + $3)) conv=notrunc status=none
}

# readelf's records of one section and type: offset in the section, S + A.
records() { # SECTION TYPE FILE
	local addr
	addr=$("${cross}readelf" -SW "$3" | sed -n 's/^ *\[ *[0-9]*\] //p' | awk -v n="$1" '$1 == n { print $3 }')
	"${cross}readelf" -rW "$3" | awk -v n="'.rela$1'" -v t="$2" '/^Relocation section/ { on = $3 == n } on && $3 == t { print $1, $4, ($(NF - 1) == "-" ? "-" : "") "16#" $NF }' |
		while read -r at value addend; do
			echo $((16#$at - 16#$addr)) $((16#$value + $addend))
		done
}
# The same words in the bytes of the file, and how many differ.
disagreeing() { # SECTION FILE
	local offset size
	read -r offset size < <(section "$1" "$2")
	od -An -v -t d8 -w8 -j $((offset)) -N $((size / 8 * 8)) "$2" >words
	records "$1" R_RISCV_64 "$2" | awk 'NR == FNR { word[(FNR - 1) * 8] = $1; next }
		$1 % 8 == 0 { n++; bad += word[$1] != $2 } END { print n < 5 ? "too few" : bad + 0 }' words -
}

# --- Every record, against readelf. ---

by_type() { # FILE: each type's records, as readelf counts them
	verify 0 --json "$1"
	tr -d ' \n' <out | grep -o '"R_RISCV_[A-Z0-9_]*":{"records":[0-9]*' |
		sed 's/":{"records":/ /; s/"//' | awk '{ n[$1] += $2 } END { for (t in n) print t, n[t] }' | sort >got
	"${cross}readelf" -rW "$1" | grep -o 'R_RISCV_[A-Z0-9_]*' | sort | uniq -c | awk '{ print $2, $1 }' | sort >want
	[ -s want ] && diff got want
}
number() { sed -n "s/^  \"$1\": \([0-9]*\),*$/\1/p" out; } # KEY of the JSON in out
adds_up() { # FILE
	verify 0 --json "$1"
	[ "$(number records)" = "$("${cross}readelf" -rW "$1" | grep -c R_RISCV_)" ]
	[ "$(number records)" = $(($(number agreed) + $(number excused) + $(number marks))) ]
	[ "$(number marks)" = "$("${cross}readelf" -rW "$1" | grep -cE 'R_RISCV_(NONE|RELAX|ALIGN|TPREL_ADD) ')" ]
}
check types			by_type k64
check types-medlow		by_type klow
check types-32			by_type k32
check adds-up			adds_up k64
check adds-up-32		adds_up k32

compile debug.o "$inputs/debug.c" rv64 medany -g
compile debug.plain.o "$inputs/debug.c" rv64 medany -g -mno-relax
link debug ${cross}ld rv64 0xffffffff80200000 "$inputs/kernel.ld" debug.o
link debug.lld14 ld.lld-14 rv64 0xffffffff80200000 "$inputs/kernel.ld" debug.plain.o
link debug.z ${cross}ld rv64 0xffffffff80200000 "$inputs/kernel.ld" debug.o --compress-debug-sections=zlib
link debug.lost ld.lld-19 rv64 0xffffffff80200000 "$inputs/kernel.ld" debug.o
check types-debug		by_type debug
check types-lld			by_type debug.lld14
check types-compressed		by_type debug.z

# --- Planted damage. ---

agrees_with_readelf() { [ "$(disagreeing .rodata k64)" = 0 ] && [ "$(disagreeing .debug_info k64)" = 0 ]; }
first_word() { records "$1" R_RISCV_64 "$2" | awk '$1 % 8 == 0 && !n++ { print $1 }'; } # SECTION FILE
one_stale() { # FILE SECTION: a word made another
	local off place
	cp "$1" stale
	off=$(first_word "$2" "$1")
	poke stale "$2" "$off" '\x11\x22'
	verify 1 stale
	printf -v place '%s+0x%x' "$2" "$off"
	grep -q "^stale:$place.*: R_RISCV_64 .*(stale): the 64-bit word holds 0x[0-9a-f]*2211, the record says 0x" err
	[ "$(grep -c '(stale)' err)" = 1 ]
	grep -q ' 1 are stale' out
	verify 1 --json stale
	[ "$(number stale)" = 1 ] && grep -q '"holds": false' out && grep -q "\"place\": \"$place" out
}
stale_as_readelf() { # SECTION: three words, counted by readelf and od as well
	local off n=0
	cp k64 stale
	for off in $(records "$1" R_RISCV_64 k64 | awk '$1 % 8 == 0 && ++n % 5 == 0 && n <= 15 { print $1 }'); do
		poke stale "$1" "$off" '\x01\x00\x01'
		n=$((n + 1))
	done
	[ "$n" = 3 ]
	[ "$(disagreeing "$1" k64)" = 0 ]
	[ "$(disagreeing "$1" stale)" = 3 ]
	verify 1 --json stale
	[ "$(number stale)" = 3 ]
}
stale_code() { # an instruction made another: c.nop c.nop in place of the first lui
	local off
	off=$("${cross}readelf" -rW klow | awk "/^Relocation section '.rela.text'/ { on = 1 } on && \$3 == \"R_RISCV_HI20\" && !n++ { print \$1 }")
	cp klow stale
	poke stale .text $((16#$off - 16#$("${cross}readelf" -SW klow | awk '{ for (i = 1; i < NF; i++) if ($i == ".text") print $(i + 2) }'))) '\x01\x00\x01\x00'
	verify 1 stale
	grep -q '^stale:.text+0x.*R_RISCV_HI20 .*another kind' err
}
stale_packed() {
	local off
	cp debug stale
	off=$(first_word .debug_aranges debug)
	poke stale .debug_aranges "$off" '\x11\x22'
	"${cross}objcopy" --compress-debug-sections=zlib stale
	"${cross}readelf" -SW stale | grep -q '\.debug_info .* C '
	verify 1 stale
	grep -q "^stale:.debug_a.*+0x[0-9a-f]*: R_RISCV_64 .*(stale)" err && [ "$(grep -c '(stale)' err)" = 1 ]
}
stale_sum() { # a difference of two labels, which no move changes
	local off
	off=$("${cross}readelf" -rW debug | awk "/^Relocation section/ { on = \$3 ~ /debug_line'/ } on && \$3 == \"R_RISCV_ADD16\" && !n++ { print \$1 }")
	[ -n "$off" ]
	cp debug stale
	poke stale .debug_line $((16#$off)) '\x55\x55'
	verify 1 --json stale
	[ "$(number stale)" = 2 ]
	grep -q "^stale:.debug_line+0x.*R_RISCV_ADD16 .*(stale)" err
	"$rv" retarget --to=0xffffffff90000000 -o moved stale
}
first_errors() {
	cp k64 stale
	poke stale .text 512 "$(printf '\\x00%.0s' {1..1024})"
	verify 1 --max-errors=3 stale
	[ "$(grep -c '(stale)' err)" = 3 ]
	grep -q 'more like these' err
	verify 1 --json --max-errors=3 stale
	[ "$(grep -c '"message"' out)" = 3 ] && [ "$(number stale)" -gt 20 ]
}
lost() {
	verify 1 debug.lost
	grep -q '\.debug_info  *the linker has emptied its records' out
	"${cross}readelf" -rW debug.lost | grep -A5 "'.rela.debug_info'" | grep -q R_RISCV_NONE
}
excused() { verify 0 k64 && grep -q 'R_RISCV_CALL_PLT  *1  call of an undefined weak symbol' out; }
check bytes-as-readelf		agrees_with_readelf
check stale-word		one_stale k64 .data
check stale-debug		one_stale debug .debug_info
check stale-aranges		one_stale k64 .debug_aranges
check stale-counted		stale_as_readelf .debug_info
check stale-code		stale_code
check stale-compressed		stale_packed
check stale-distance		stale_sum
check max-errors		first_errors
check lost-debug		lost
check excused			excused

# Duplicates and garbage: lld adds up what their records say, and takes the symbols away from them.
clang-14 --target=riscv64-linux-gnu -march=rv64imac -mabi=lp64 -c -O1 -g -mno-relax -ffreestanding \
	-fno-pic -ffunction-sections -DPART=1 "$inputs/comdat.c" -o gone.1.o
clang-14 --target=riscv64-linux-gnu -march=rv64imac -mabi=lp64 -c -O1 -g -mno-relax -ffreestanding \
	-fno-pic -ffunction-sections -DPART=2 "$inputs/comdat.c" -o gone.2.o
link gone ld.lld-14 rv64 0xffffffff80200000 "$inputs/kernel.ld" gone.1.o gone.2.o --gc-sections
gone() {
	"${cross}readelf" -rW gone | grep -q 'R_RISCV_SUB16  *0$'
	verify 0 gone
	grep -q 'R_RISCV_SUB16  *[0-9]*  what it is about was discarded or folded' out
}
check discarded-distances	gone

# --- Words that nothing covers. ---

cat >scan.c <<'C'
extern char _end[];
int word[4] = { 1, 2, 3, 4 };
int *table[] = { word, word + 1, (int *)_end };
const char text[] = "aaaabaaacaaadaaaeaaafaaagaaa";
void _start(void) { word[0] = (int)(long)table[1]; }
char space[0x200000];
C
scanned() { # SCRIPT-DATA BASE [RV32]: an image with that in a section of its own
	local arch=${3:-rv64}
	cat >scan.ld <<-LD
		ENTRY(_start)
		SECTIONS {
			. = @BASE@;
			.text : { *(.text*) }
			.rodata : { *(.rodata*) }
			. = ALIGN(4096);
			.data : { *(.data* .sdata*) }
			.script : { $1 }
			.bss : { *(.bss* .sbss*) }
			_end = .;
		}
	LD
	compile scan.o scan.c "$arch" medany -mno-relax -Os
	link scanned ${cross}ld "$arch" "$2" scan.ld scan.o
}
found() { # STATUS KIND N: that many words of that kind, and no others
	verify "$1" --scan scanned
	grep -q "^ *$3  $2 " out
	grep -q "^  $2 *\.script+0x[0-9a-f]* (.*): 0x" out
	[ "$(grep -c '^  [a-z-]* *\.[a-z]*+0x' out)" = "$3" ]
	verify "$1" --json --scan scanned
	[ "$(sed -n 's/^    "found": \([0-9]*\),$/\1/p' out)" = "$3" ]
}
high=0xffffffff80200000
pointer() {
	scanned 'QUAD(word) QUAD(12345)' $high
	found 1 pointer 1
	verify 0 scanned
	grep -q 'has no record' err
	verify 1 --scan scanned
	not grep -q 'has no record' err
	grep -q ': 0xffffffff80201[0-9a-f]* (word)$' out
	[ "$(grep -o '0xffffffff80201[0-9a-f]* (word)' out | cut -c 3-18)" = "$("${cross}nm" scanned | awk '$3 == "word" { print $1 }')" ]
}
pointer_32() { scanned 'LONG(word)' 0x80200000 rv32 && found 1 pointer 1; }
packed() { scanned 'BYTE(1) QUAD(word)' $high && found 0 packed 1; }
inside() { scanned 'QUAD(word + 4)' $high && found 0 inside 1; }
odd() { scanned 'QUAD(_start + 1)' $high && found 0 odd 1; }
unaligned() { scanned 'BYTE(1) QUAD(word + 4)' $high && found 0 unaligned 1; }
no_address() { scanned 'QUAD(0xffffffff90000000)' $high && verify 0 --scan scanned && grep -q '^  none' out; }
in_text() { # the letters of a string are an address of this image
	scanned 'BYTE(0)' 0x61500000 rv32
	verify 0 --scan scanned
	grep -q '  text  *characters of a string' out && ! grep -q '^ .* pointer ' out
}
clean() { verify 0 --scan "$1" && grep -q '^  none' out; }
got() { # slots are no uncovered words
	compile got.o "$inputs/got.S" rv64 medany
	link got ${cross}ld rv64 $high "$inputs/kernel.ld" got.o
	clean got
}
check scan-pointer		pointer
check scan-pointer-32		pointer_32
check scan-packed		packed
check scan-inside		inside
check scan-odd			odd
check scan-unaligned		unaligned
check scan-no-address		no_address
check scan-string		in_text
check scan-kernel		clean k64
check scan-kernel-medlow	clean klow
check scan-got			got

# --- Against what the linker makes at another base. ---

pair() { # NAME RV64|RV32 MODEL LINKER A B SOURCE [FLAG...]: NAME.a and NAME.b
	local relax=-mrelax
	[[ $4 != *lld-14 ]] || relax=-mno-relax
	compile "$1.o" "$inputs/$7" "$2" "$3" $relax
	link "$1.a" "$4" "$2" "$5" "$inputs/kernel.ld" "$1.o" "${@:8}"
	link "$1.b" "$4" "$2" "$6" "$inputs/kernel.ld" "$1.o" "${@:8}"
}
identical() { # as pair, with no name
	pair pair "$@" --build-id=none
	not cmp -s pair.a pair.b
	cp pair.a pair.a.was
	cp pair.b pair.b.was
	verify 0 --against=pair.b pair.a
	grep -q '^  the same to the last byte' out
	verify 0 --against=pair.a pair.b
	grep -q '^  the same to the last byte' out
	cmp pair.a pair.a.was
	cmp pair.b pair.b.was
}
h1=0xffffffff80200000 h2=0xffffffffb4400000 l1=0x80200000 l2=0xc0400000
for ld in ${cross}ld ld.lld-14 ld.lld-19; do
	name=${ld#"$cross"} name=${name#ld.}
	check against-medany-"$name"	identical rv64 medany $ld $h1 $h2 medany-code.c
	check against-medlow-"$name"	identical rv64 medlow $ld $h1 $h2 medlow-code.c
	check against-medany32-"$name"	identical rv32 medany $ld $l1 $l2 medany-code.c
	check against-medlow32-"$name"	identical rv32 medlow $ld $l1 $l2 medlow-code.c
done

explains() { # TEXT...: all explained, these among them
	local text
	verify 0 --against=pair.b pair.a
	grep -q '^  and no others' out
	for text; do grep -qF -- "$text" out; done
	verify 0 --json --against=pair.b pair.a
	grep -q '"unexplained": 0' out
}
build_id() {
	compile pair.o "$inputs/build-id.S" rv64 medany
	link pair.a ${cross}ld rv64 $h1 "$inputs/build-id.ld" pair.o --build-id=sha1
	link pair.b ${cross}ld rv64 $h2 "$inputs/build-id.ld" pair.o --build-id=sha1
	explains '1  build id' '.note.gnu.build-id+0x10'
}
lui() { # what is auipc at one base is lui at the other
	pair pair rv64 medany ${cross}ld 0xffffffe000200000 0x10200000 fixed-address-far.S --no-relax --defsym=constant=3
	[ "$("${cross}objdump" -d pair.a | grep -c auipc)" != "$("${cross}objdump" -d pair.b | grep -c auipc)" ]
	explains "the linker's choice of lui or auipc" "record of a lui"
}
dropped() { # and a symbol that is not there any more
	pair pair rv64 medany ${cross}ld 0x10200000 0xffffffe000200000 weak-address-far.S --no-relax
	explains 'undefined weak symbol that only one file has' 'place or size of a table'
}
differs() { # TEXT... : unexplained, so much is said
	local text
	verify 1 --against=pair.b pair.a
	grep -q '^Differences that are not:' out
	for text; do grep -qE -- "$text" out; done
	verify 1 --json --against=pair.b pair.a
	not grep -q '"unexplained": 0' out
}
uncovered() {
	scanned 'QUAD(word)' $h1
	mv scanned pair.a
	scanned 'QUAD(word)' $h2
	mv scanned pair.b
	differs '^Differences that are not: 1$' '\.script\+0x0.*: moved 0xffffffff80201.*, relinked 0xffffffffb4401.*: an image address that no record'
}
absolute() { # a number that the script reckons from the base
	scanned 'number = ABSOLUTE(_start) / 3;' $h1
	mv scanned pair.a
	scanned 'number = ABSOLUTE(_start) / 3;' $h2
	mv scanned pair.b
	[ "$("${cross}nm" pair.a | grep ' A number')" != "$("${cross}nm" pair.b | grep ' A number')" ]
	explains 'number: moved 0x' 'absolute symbol'
}
one_byte() { # SECTION OFFSET TEXT: of the linker's file, made another
	pair pair rv64 medany ${cross}ld $h1 $h2 medany-code.c --build-id=none
	poke pair.b "$1" "$2" '\xa5'
	differs "^Differences that are not: 1$" "$3"
}
field() { # a field with a record
	local off
	pair pair rv64 medany ${cross}ld $h1 $h2 words.S --build-id=none
	off=$(first_word .data pair.a)
	[ -n "$off" ]
	poke pair.b .data "$off" '\xa5'
	differs "\.data\+0x.*: R_RISCV_64 against .*: moved 0x.*, relinked 0x.*a5: the linker made something else"
}
other_objects() {
	pair pair rv64 medany ${cross}ld $h1 $h2 medany-code.c --build-id=none
	cp pair.a other
	pair pair rv64 medany ${cross}ld $h1 $h2 got.S --build-id=none
	verify 1 --against=pair.b other
	grep -q '^Not compared: .*of other objects' out
	verify 1 --against=k32 other && grep -q '^Not compared: it is rv32' out
}
not_movable() {
	cp k64 stale
	poke stale .data "$(first_word .data k64)" '\x11\x22'
	verify 1 --against=k64 stale
	grep -q 'Not compared: stale cannot be moved' out
}
no_room() { TMPDIR=/nowhere trouble 'cannot write /nowhere' --against=k64 k64; }
nothing_left() {
	mkdir -p tmp
	cp k64 here
	TMPDIR=$PWD/tmp verify 0 --against=k64 here
	cmp k64 here
	[ -z "$(ls -A tmp)" ]
}
trouble() { # TEXT ARGUMENT...
	local text=$1
	shift
	verify 2 "$@"
	grep -qF -- "$text" err
}
check against-build-id		build_id
check against-lui		lui
check against-dropped		dropped
check against-uncovered		uncovered
check against-absolute		absolute
check against-field		field
check against-code		one_byte .text 1 '\.text\+0x0 .*: moved 0x.*, relinked 0x.*'
check against-symbol		one_byte .symtab 40 '\.symtab\+0x18.*: moved .*, relinked .*: symbol'
check against-record		one_byte .rela.text 16 '\.rela\.text\+0x10: r_addend: .*: record'
check against-other-objects	other_objects
check against-stale		not_movable
check against-no-room		no_room
check against-leaves-nothing	nothing_left
check against-missing		trouble 'nowhere: cannot open' --against=nowhere k64
check against-no-elf		trouble 'scan.c: not an ELF file' --against=scan.c k64

# --- Manners. ---

valid() { # STATUS ARGUMENT...: JSON as the schema has it
	verify "$1" --json "${@:2}"
	$python -c 'import json, jsonschema, sys
jsonschema.validate(json.load(open("out")), json.load(open(sys.argv[1])))' "$schema"
}
schema_pair() {
	pair pair rv64 medany ${cross}ld 0xffffffe000200000 0x10200000 fixed-address-far.S --no-relax --defsym=constant=3
	valid 0 --against=pair.b pair.a
	valid 1 --against=k32 k64
}
schema_found() {
	cp k64 stale
	poke stale .text 512 "$(printf '\\x00%.0s' {1..256})"
	valid 1 --scan --max-errors=2 stale
	valid 1 debug.lost
	scanned 'QUAD(word) BYTE(1) QUAD(word)' $high
	valid 1 --scan scanned
}
same_for_jobs() {
	local j
	cp k64 stale
	poke stale .text 512 "$(printf '\\x00%.0s' {1..256})"
	for j in 1 2 3 16; do
		verify 1 -j $j --scan stale >"jobs.$j"
		cmp jobs.1 "jobs.$j"
	done
}
no_link() { compile scan.o scan.c rv64 medany && trouble 'not a linked image' scan.o; }
quiet() { verify 0 -q k64 && [ ! -s out ] && [ ! -s err ]; }
closed_pipe() { "$rv" verify k64 2>err | head -n 1 >out && [ -s out ] && [ ! -s err ]; }
check same-for-every-j		same_for_jobs
check schema			valid 0 --scan k64
check schema-against		schema_pair
check schema-found		schema_found
check no-linked-image		no_link
check quiet			quiet
check closed-pipe		closed_pipe
check no-file			trouble 'one FILE'

finish
