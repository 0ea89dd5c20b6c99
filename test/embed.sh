#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# `rvreloc table`, its options and messages, --embed and --strip-relocs, used
# as they are used. EMBED.SH [GLOB]: only the tests whose names match. Last
# line: N passed, N failed.
set -euo pipefail
cd "$(dirname "$0")/.."
. test/lib.sh

tree=$PWD
rv=${RVRELOC:-$PWD/build/rvreloc}
work=$PWD/build/embed
rm -rf "$work"
mkdir -p "$work"
cd "$work"
cross=riscv64-linux-gnu-
export LC_ALL=C

# --- Inputs. ---
compile() { # XLEN OUT OPTION...
	local abi=lp64
	[[ $1 = 64 ]] || abi=ilp32
	"${cross}gcc" -c -O2 -g -march="rv$1imac" -mabi=$abi -mcmodel=medany -ffreestanding -fno-pic "${@:3}" \
		"$tree/testdata/table/image.c" -o "$2"
}
link() { # XLEN BASE OUT OBJECT OPTION...
	# shellcheck disable=SC2086 # a program and its options
	${LD:-${cross}ld} -m "elf$1lriscv" --defsym BASE="$2" --defsym SIZE="${SIZE:-4096}" \
		-T "$tree/testdata/table/image.ld" -z noexecstack -o "$3" "$4" "${@:5}" 2>link.log ||
		{ cat link.log; return 1; }
}
high=0xffffffff80200000
compile 64 k64.o
compile 64 n64.o -mno-relax
compile 32 k32.o
link 64 $high k64 k64.o -q
link 64 $high plain64 k64.o
link 64 $high z64 k64.o -q --compress-debug-sections=zlib
link 32 0xc0000000 k32 k32.o -q
link 32 0xc0000000 plain32 k32.o
LD=ld.lld-14 link 64 $high lld64 n64.o -q
LD="ld.lld-19 --no-relax" link 64 $high lldz64 n64.o -q --compress-debug-sections=zlib
"${cross}gcc" -c -O2 -fPIE -ffreestanding "$tree/testdata/table/image.c" -o pie.o
link 64 $high pie64 pie.o -q -pie --no-dynamic-linker

refused() { # TEXT ARGUMENT...: exit status 2, that text, no output
	local text=$1 status=0
	shift
	rm -f out
	"$rv" "$@" -o out 2>err >/dev/null || status=$?
	cat err
	[ "$status" = 2 ] && [ ! -e out ] && grep -qF -- "$text" err
}
usage() { # TEXT ARGUMENT...: the same, where there is no output
	local text=$1 status=0
	shift
	"$rv" "$@" 2>err >/dev/null || status=$?
	cat err
	[ "$status" = 2 ] && grep -qF -- "$text" err
}
shows() { # TEXT ARGUMENT...: exit status 0, that text
	local text=$1
	shift
	"$rv" "$@" >out 2>err && grep -F -- "$text" out
}
section() { # FILE NAME: offset and size of its bytes in the file
	"${cross}readelf" -SW "$1" | sed -n 's/^ *\[ *[0-9]*\] //p' | awk -v s="$2" '$1 == s { print "0x" $4, "0x" $5 }'
}
content() { # FILE NAME
	local offset size
	read -r offset size < <(section "$1" "$2")
	dd if="$1" iflag=skip_bytes,count_bytes skip="$((offset))" count="$((size))" status=none
}

# --- What is asked for. ---
for format in rvr relr rela offsets c; do
	to_file_and_pipe() {
		"$rv" table --format="$format" -o t k64 && [ -s t ] && "$rv" table --format="$format" -o - k64 >piped &&
			"$rv" table --format="$format" -o - - <k64 >piped2 && cmp t piped && cmp t piped2
	}
	check "format-$format" to_file_and_pipe
done
default_is_rvr() { "$rv" table -o a k64 && "$rv" table --format=rvr -o b k64 && cmp a b; }
check default-format		default_is_rvr
check no-output			usage "say where the table goes" table k64
check unknown-format		usage "--format=xyz: it is one of rvr, relr, rela, offsets, c" table --format=xyz -o - k64
check over-the-image		usage "would replace the image" table -o ./k64 k64
check strip-alone		usage "--strip-relocs goes with --embed" table --strip-relocs -o - k64
check embed-c			usage "no table to embed" table --format=c --embed k64
check no-file			usage "one FILE" table -o -
check help			"$rv" table --help

# RELR leaves out what is not aligned, and says so.
leftovers() {
	local addr
	addr=0x$("${cross}nm" k64 | awk '$3 == "odd" { print $1 }')
	"$rv" table --format=relr -o t k64 2>err || return 1
	cat err
	grep -qF "k64:.data+0x" err && grep -qF "(in odd" err &&
		grep -qF "warning: the word at $(printf '0x%x' $((addr + 1))) is not aligned" err && [ "$(wc -l <err)" = 1 ]
}
check relr-leftovers-named	leftovers

# What is loaded is all that it looks at.
blind_to_debug() {
	local offset size
	cp k64 broken
	read -r offset size < <(section k64 .rela.debug_info)
	[ "$((size))" -gt 0 ] || return 1
	head -c "$((size))" /dev/urandom | dd of=broken bs=1 seek="$((offset))" conv=notrunc status=none
	"$rv" table -o a k64 && "$rv" table -o b broken && cmp a b
}
check debug-records-unread	blind_to_debug

# --- Into the image. ---
only_section() { # IMAGE SECTION OPTION...: nothing else changes, the table is there, 0 behind it
	local image=$1 name=$2 offset size n
	shift 2
	rm -f out
	"$rv" table "$@" -o out "$image" && "$rv" table -o t "$image" || return 1
	read -r offset size < <(section "$image" "$name")
	{ cmp -l "$image" out || true; } | awk -v a="$((offset))" -v b="$((size))" '$1 <= a || $1 > a + b { print "byte", $1, "changed"; bad = 1 } END { exit bad }' || return 1
	n=$(stat -c %s t)
	content out "$name" >c && cmp -n "$n" c t && cmp -i "$n:0" -n "$((size - n))" c /dev/zero
}
in_place() {
	cp k64 here && chmod 750 here && "$rv" table --embed here && "$rv" table --embed -o out k64 && cmp here out &&
		[ "$(stat -c %a here)" = 750 ] && ! ls .rvreloc-* 2>/dev/null
}
onto_itself() { cp k64 here && "$rv" table --embed=.rvreloc --strip-relocs -o here here && "$rv" table --embed --strip-relocs -o out k64 && cmp here out; }
to_stdout() { "$rv" table --embed -o out k64 && "$rv" table --embed -o - - <k64 | cmp - out; }
twice() { # IMAGE
	"$rv" table --embed -o once "$1" && "$rv" table --embed -o twice once && cmp once twice
}
for image in k64 k32 z64 lld64 lldz64; do
	check "embed-$image"		only_section $image .rvreloc --embed
	check "embed-other-$image"	only_section $image .other --embed=.other
	check "embed-twice-$image"	twice $image
done
check embed-in-place		in_place
check embed-onto-itself		onto_itself
check embed-to-stdout		to_stdout

too_small() { # SIZE: it says by how much, and then it is right
	local need
	SIZE=$1 link 64 $high small k64.o -q || return 1
	refused "is too small by" table --embed small || return 1
	need=$(sed -n 's/.*too small by \([0-9]*\) bytes.*/\1/p' err)
	# shellcheck disable=SC2031
	[ "$(($1 + need))" = "$("$rv" table -o - k64 | wc -c)" ] || return 1
	need=$(sed -n 's/.*{ QUAD(0) . += \([0-9]*\); }.*/\1/p' err)
	SIZE=$((need + 8)) link 64 $high enough k64.o -q && "$rv" table --embed -o out enough
}
check too-small			too_small 16
check no-section		refused "section .nothing is not there; reserve it in the linker script: .nothing : ALIGN(8) { QUAD(0)" table --embed=.nothing k64
check nobits			refused "has no bytes in the file" table --embed=.bss k64
check unaligned			refused "does not begin at a multiple of 8" table --embed=.unaligned k64
check has-records		refused "has relocation records of its own" table --embed=.data k64
check holds-something		refused "holds something already" table --embed=.used k64
check not-progbits		refused "has no bytes" table --embed=.symtab k64

# --- An image that has a table, moved as a file. ---
moved_with_table() { # IMAGE OPTION...: first the table or first the move, it is one file, without a warning
	"$rv" table --embed -o one "$1" && "$rv" retarget "${@:2}" one 2>err && "$rv" retarget "${@:2}" -o two "$1" &&
		"$rv" table --embed two && cmp one two && cat err && [ ! -s err ]
}
and_back() { # IMAGE
	"$rv" table --embed -o one "$1" && "$rv" retarget --delta=0x10000000 -o two one && ! cmp -s one two &&
		"$rv" retarget --delta=-0x10000000 two && cmp one two
}
in_two_places() { # every table in the image is for its base
	"$rv" table --embed -o one k64 && "$rv" table --embed=.other one && "$rv" retarget --slot=4 one &&
		content one .rvreloc >a && content one .other >b && cmp a b && "$rv" table -o t one && cmp -n "$(stat -c %s t)" a t
}
for image in k64 k32 z64 lld64 pie64; do
	check "moved-with-table-$image"	moved_with_table $image --delta=0x10000000
	check "and-back-$image"		and_back $image
done
check moved-with-table-strip	moved_with_table k64 --slot=7
check in-two-places		in_two_places

# --- PIE: .rela.dyn has the words. ---
pie_filled() {
	"$rv" table --embed -o out pie64 && [ "$(content pie64 .data | od -An -tx8)" != "$(content out .data | od -An -tx8)" ] &&
		"$rv" table --format=rela -o t out && "$rv" table --format=rela -o t2 pie64 && cmp t t2 && "$rv" table -o t out && twice pie64
}
for format in rvr relr offsets c; do
	check "pie-$format-needs-embed"	refused "--embed puts their values there" table --format=$format pie64
done
check pie-rela			"$rv" table --format=rela -o t pie64
check pie-embed			pie_filled

# --- Without records. ---
symbols() { # FILE: but local labels and section symbols
	"${cross}readelf" -sW "$1" | awk '/^ *[0-9]+:/ && $4 != "SECTION" && $8 !~ /^[.]L/ { print $2, $3, $4, $5, $6, $8 }'
}
code() { # FILE: the instructions, without the names that objdump finds
	"${cross}objdump" -d "$1" | sed 1,3d | sed '/^[0-9a-f]* <.*>:$/d; /^$/d; s/ <[^>]*>//g'
}
maps() { "$rv" retarget --delta=0 --system-map=map -o /dev/null "$1" && cat map; }
stripped() { # IMAGE
	"$rv" table --embed --strip-relocs -o out "$1" && "$rv" table --embed -o full "$1" || return 1
	[ "$(stat -c %s out)" -lt "$(stat -c %s full)" ] || return 1
	! "${cross}readelf" -SW out | grep -E '\.rela\.' || return 1
	"${cross}readelf" -aW out 2>&1 >/dev/null | grep -v "cannot find\|has no" && return 1
	diff <(symbols full) <(symbols out) && maps full >map.full && maps out | diff - map.full || return 1
	"${cross}objcopy" -O binary full full.bin && "${cross}objcopy" -O binary out out.bin && cmp full.bin out.bin || return 1
	diff <(code full) <(code out) || return 1
	diff <("${cross}readelf" --debug-dump=info,decodedline full 2>&1 | grep -v '^File:\|Contents of\|^$') \
		<("${cross}readelf" --debug-dump=info,decodedline out 2>&1 | grep -v '^File:\|Contents of\|^$')
}
two_steps() { # one step or two, it is one file
	"$rv" table --embed --strip-relocs -o one k64 && "$rv" table --embed -o two k64 &&
		"$rv" retarget --delta=0 --strip-relocs two && cmp one two
}
strip_and_move() { # either way round
	"$rv" retarget --slot=9 --strip-relocs -o one "$1" && "$rv" retarget --slot=9 -o two "$1" &&
		"$rv" retarget --delta=0 --strip-relocs two && cmp one two
}
as_linked() { "$rv" retarget --delta=0 --strip-relocs -o out "$1" && cmp out "$2"; }
debugs() { # IMAGE: gdb finds a function's line, and says nothing of its own
	"$rv" table --embed --strip-relocs -o out "$1" && gdb -nx -batch -ex 'info line choose' -ex 'info symbol choose' out >said 2>&1
	cat said
	grep -q 'Line [0-9]* of ".*image.c" starts at address' said && grep -q 'choose in section .text' said && ! grep -qi warning said
}
for image in k64 k32 z64 lld64 lldz64; do
	check "strip-$image"		stripped $image
	check "strip-and-move-$image"	strip_and_move $image
	check "strip-gdb-$image"	debugs $image
done
check strip-in-two-steps	two_steps
check strip-as-linked-64	as_linked k64 plain64
check strip-as-linked-32	as_linked k32 plain32
"$rv" retarget --delta=0 --strip-relocs -o bare k64
for command in "retarget --slot=9" "table"; do
	# shellcheck disable=SC2086
	check "bare-${command%% *}"	refused "no relocation records: link with --emit-relocs" $command bare
done
check bare-inspect		shows "no relocation records: link with --emit-relocs" inspect bare

finish
