#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# `rvreloc retarget --match`: the place of a running kernel from what it says of
# itself.  At the end a kernel that has moved itself to a random place is
# debugged by the file that was made to match it.
# MATCH.SH [GLOB]: only the tests whose names match.  Last line: N passed, N failed.
set -euo pipefail
cd "$(dirname "$0")/.."
. test/lib.sh

top=$PWD
rv=${RVRELOC:-$PWD/build/rvreloc}
work=$PWD/build/match
prefix=riscv64-linux-gnu-
rm -rf "$work"
mkdir -p "$work"
cp "$(testdata/kernel/build.sh medany)" "$work/k64"
cp "$(testdata/kernel/build.sh rv32)" "$work/k32"
cp "$(testdata/kernel/build.sh medlow)" "$work/other"
cd "$work"

# --- What a kernel may say. Nothing here is made by the program under test. ---

link64=0xffffffff80000000
shift=0x9a00000
base=0xffffffff89a00000

kallsyms() { # FILE SHIFT: its symbols, that far away; of modules as well
	local address type name digits=16
	[[ $("${prefix}readelf" -h "$1") != *ELF32* ]] || digits=8
	while read -r address type name; do
		[ "$name" ] || continue
		case $type in
		[aAUwN]) printf "%0${digits}x %s %s\n" "0x$address" "$type" "$name" ;;
		*) printf "%0${digits}x %s %s\n" $((0x$address + $2)) "$type" "$name" ;;
		esac
	done < <("${prefix}nm" -n "$1")
	printf "%0${digits}x t helper\t[some_module]\n%0${digits}x t walk_ring\t[other]\n" 0x1234000 0x1235000
}
kallsyms k64 $shift >kallsyms
kallsyms k64 0 >System.map
kallsyms k32 0x10400000 >kallsyms32
sed 's/^[0-9a-f]*/0000000000000000/' kallsyms >hidden
kallsyms other $shift >of-another
printf '%s\r\n' "[    0.000000] Booting" \
	"[   12.345678] Kernel Offset: 0x9a00000 from 0xffffffff80000000" >offset
echo "Kernel Offset: disabled" >disabled
echo "Kernel Offset: 0x9a00000" >offset-alone
echo "[    0.000000] Kernel at 0xffffffff89a00000 (by rng-seed), linked at 0xffffffff80000000" >kernel-at
printf '%s\n' "OSRELEASE=6.1.0" "KERNELOFFSET=9a00000" >vmcoreinfo

runs_at() { # NAME: where the kernel has that symbol after the shift, in hexadecimal
	printf '%x' $((0x$("${prefix}nm" k64 | awk -v n="$1" '$3 == n { print $1 }') + shift))
}
{
	echo "[    1.000000] Call Trace:"
	for name in walk_ring kernel_main trap_report; do
		echo "[    1.000000] [<$(printf '%x' $((0x$(runs_at $name) + 0x1a)))>] $name+0x1a/0x60"
	done
	echo "[    1.000000] [<ffffffff01234567>] walk_got+0x10/0x20 [some_module]"
} >oops
sed "s/ffffffff8/ffffffff9/" oops >oops-moved
printf 'SYMBOL(%s)=%s\n' kernel_main "$(runs_at kernel_main)" walk_ring "$(runs_at walk_ring)" \
	walk_got "$(runs_at walk_got)" >symbols
cat symbols vmcoreinfo >vmcoreinfo-symbols

# --- What is made of it: the same file as with --to. ---

"$rv" retarget -q --to=$base -o there k64
"$rv" retarget -q --to=0xd0400000 -o there32 k32

matches() { # TEXT [FILE [WANTED]]
	rm -f out
	"$rv" retarget --match="$1" -o out "${2:-k64}" 2>err || { cat err; return 1; }
	cat err
	cmp out "${3:-there}"
}
tells() { # TEXT ...: and that was said
	local text=$1
	shift
	matches "$@" && grep -qF -- "$text" err
}
refused() { # WORDS TEXT [FILE]: exit status 2, that message, no output
	local s=0
	rm -f out
	"$rv" retarget --match="$2" -o out "${3:-k64}" >said 2>err || s=$?
	cat err
	[ "$s" = 2 ] && [ ! -e out ] && grep -qF -- "$1" err
}
check kallsyms			matches kallsyms
check system-map		matches System.map k64 k64
check kallsyms-32		matches kallsyms32 k32 there32
check kernel-offset		matches offset
check kernel-offset-disabled	matches disabled k64 k64
check kernel-offset-alone	matches offset-alone
check kernel-at			matches kernel-at
check vmcoreinfo		matches vmcoreinfo
check vmcoreinfo-symbols	matches vmcoreinfo-symbols
check symbols-only		matches symbols
check stack-dump		matches oops
check moved-file		matches kallsyms there
check moved-file-by-log		tells "it was linked at 0xffffffff80000000, this file is at 0xffffffff89a00000" kernel-at there

unique() { # symbols that are in the image once, and move
	"${prefix}nm" k64 | awk 'NF == 3 && $2 !~ /[aAUwN]/ && $3 !~ /^[.$]/ { n[$3]++ } END { for (s in n) k += n[s] == 1; print k }'
}
# walk_ring is there twice, of the kernel and of a module, which does not count.
check says-how-many		tells "say $(unique) of $(unique) symbols" kallsyms
check says-shift		tells "0xffffffff89a00000 (shift 0x9a00000)" kallsyms
check says-shift-down		tells "0xffffffff80000000 (shift -0x9a00000)" System.map there k64
check says-what-told		tells "say 'Kernel Offset'" offset
check says-both			tells "say 3 of 3 symbols and 'KERNELOFFSET'" vmcoreinfo-symbols

by_pipe() { "$rv" retarget --match=- -o out k64 <kallsyms && cmp out there; }
quiet() { [ -z "$("$rv" retarget -q --match=kallsyms -o out k64 2>&1)" ]; }
in_place() { cp k64 here && "$rv" retarget -q --match=kallsyms here && cmp here there; }
check by-pipe			by_pipe
check quiet			quiet
check in-place			in_place

# --- What is not right. ---

one_odd() { # of many symbols one is elsewhere: said, and done
	sed "s/^[0-9a-f]* \(.\) walk_got\$/ffffffff89b00000 \1 walk_got/" kallsyms >odd
	cmp -s odd kallsyms && return 1
	tells "1 of $(unique) symbols are not where the shift of the others puts them: walk_got is 0x" odd
}
many_odd() { # the end of the text has grown
	local at
	at=$(runs_at walk_ring)
	while read -r address rest; do
		[[ $address < $at ]] || printf -v address '%x' $((0x$address + 16))
		echo "$address $rest"
	done <kallsyms >grown
	refused "is of another kernel: only" grown && grep -q 'is 0x10 \(above\|below\) that, ' err
}
contradicts() {
	cat kallsyms disabled >both
	refused "contradicts itself: 'Kernel Offset' puts the image at 0xffffffff80000000, its symbols at 0xffffffff89a00000" both
}
contradicts_alone() {
	cat disabled kernel-at >both
	refused "contradicts itself: 'Kernel Offset' puts the image at 0xffffffff80000000, 'Kernel at' at 0xffffffff89a00000" both
}
two_of_three() { head -n 2 symbols >few && refused "3 must agree" few; }
crooked() { kallsyms k64 0x9a00010 >crooked && refused "breaks the image's alignment" crooked; }
not_canonical() { echo "Kernel Offset: 0x100000000000 from 0x0180000000000000" >hole && refused "not canonical" hole; }
binary() { gzip -c kallsyms >packed && refused "compressed by gzip" packed && refused "an ELF file" k64; }
both_stdin() { ! "$rv" retarget --match=- -o out - <kallsyms 2>err && grep -q "cannot both be standard input" err; }
with_to() { ! "$rv" retarget --match=kallsyms --to=0x1000 -o out k64 2>err && grep -q "say where to" err; }
: >empty
check one-odd-symbol		one_odd
check another-build		many_odd
check another-kernel		refused "is of another kernel: only" of-another
check hidden-addresses		refused "kernel.kptr_restrict" hidden
check contradiction		contradicts
check contradiction-alone	contradicts_alone
check too-few			two_of_three
check not-aligned		crooked
check not-canonical		not_canonical
check not-text			binary
check both-standard-input	both_stdin
check with-another-where	with_to
check empty			refused "does not tell where" empty
check no-file			refused "No such file" nothing-here
check names-unknown		refused "none of its symbols are in the image" <(printf 'ffffffff80000000 T one\nffffffff80000010 T two\nffffffff80000020 T three\n')

# --- A log tells which kernel it is of, and may be of several boots. ---

cat >banner.c <<'C'
const char linux_banner[] = "Linux version 6.1.0 (me@here) (cc) #1 SMP\n";
int one(void) { return linux_banner[0]; }
int (*const table[])(void) = { one, one };
int start(void) { return table[1]() + one(); }
C
"${prefix}gcc" -O1 -ffreestanding -nostdlib -static -fno-pic -mcmodel=medany banner.c -o banner \
	-Wl,-Ttext-segment=$link64,-e,start,--emit-relocs,--build-id=none
"$rv" retarget -q --to=0xffffffff8a000000 -o banner-there banner
boot() { # VERSION OFFSET
	echo "[    0.000000] Linux version $1"
	echo "Kernel Offset: $2 from $link64"
}
ours="6.1.0 (me@here) (cc) #1 SMP"
boot "$ours" 0xa000000 >ours
boot "6.1.0 (me@here) (cc) #2 SMP" 0xa000000 >theirs
{ boot "$ours" 0x4000000; boot "6.0.0" 0x6000000; boot "$ours" 0xa000000; } >boots
check log-of-this-kernel	matches ours banner banner-there
check log-of-another-kernel	refused "is the log of another kernel" theirs banner
check last-boot-counts		tells "3 boots are in it; the last counts" boots banner banner-there

# --- The proof: a kernel at a random place, under the debugger. ---

"$rv" table -q --embed -o self k64
seed=0x$(od -An -tx4 -N 4 /dev/urandom | tr -d ' ')
echo "seed $seed"

# The kernel tells where it is; from that, by arithmetic, its listing.
tells_place() {
	"$top/testdata/kernel/run.sh" self "seed=$seed" >said && cat said &&
		place=$(awk '$1 == "text" { print $2 }' said) && [ "$place" ] &&
		[ $((place)) != $((link64)) ] && kallsyms self $((place - link64)) >kallsyms.self
}
matches_self() {
	"$rv" retarget --match=kallsyms.self -o matched self &&
		"$rv" retarget --to="$place" -o wanted self && cmp matched wanted
}

# Halted before its first instruction, then run to where GDB was told to stop.
debug() { # ELF COMMAND...
	local elf=$1 qemu args=()
	shift
	for command; do
		args+=(-ex "$command")
	done
	rm -f socket
	"${prefix}objcopy" -O binary -S self self.bin
	timeout 60 qemu-system-riscv64 -M virt -m 128M -bios default -display none -monitor none \
		-serial file:console -kernel self.bin -append "seed=$seed" -S \
		-gdb unix:socket,server=on,wait=off 2>qemu.err &
	qemu=$!
	for _ in $(seq 100); do
		[ -S socket ] && break
		sleep 0.1
	done
	(cd "$top" && timeout 60 gdb-multiarch -nx -batch -ex 'set architecture riscv:rv64' \
		-ex 'set confirm off' -ex "target remote $work/socket" "${args[@]}" \
		-ex kill "$work/$elf" </dev/null) >gdb.log 2>&1 || true
	wait "$qemu" || true
	cat gdb.log
}
stops_by_name() {
	local line
	line=$(grep -n '^static void walk_ring' "$top/testdata/kernel/checks.c" | cut -d: -f1)
	debug matched 'break walk_ring' continue backtrace 'print/x ring_index[1]' 'print/x &ring[1].index'
	# The line within the function, with its text; the callers; a word that moved.
	grep -q "^Breakpoint 1, walk_ring (t=0xffff[0-9a-f]*) at ./testdata/kernel/checks.c:" gdb.log &&
		grep -q 'for (unsigned i = 0; i < NODES; i++) {' gdb.log &&
		[ "$(sed -n 's/^Breakpoint 1, .*checks.c://p' gdb.log)" -gt "$line" ] &&
		grep -q '^#0  walk_ring ' gdb.log && grep -q '^#1  0x[0-9a-f]* in run .*main.c:' gdb.log &&
		grep -q '^#2  kernel_main ' gdb.log && grep -q '^#3  .* in virtual () at .*boot.S:' gdb.log
}
sees_addresses() { # what a debugged program's words hold is what the file says of them
	debug matched 'break walk_ring' continue 'print ring_index[1] == &ring[1]' 'info symbol function_words[0]'
	grep -qx '\$1 = 1' gdb.log && grep -q ' in section .text' gdb.log
}
no_stop_unmatched() { # or else the above would prove nothing
	debug self 'break walk_ring' continue
	! grep -q '^Breakpoint 1, walk_ring' gdb.log && grep -q 'Breakpoint 1 at 0xffffffff80' gdb.log
}
place=
check tells-its-place		tells_place
check matches-its-place		matches_self
check stops-by-name		stops_by_name
check sees-addresses		sees_addresses
check not-without-matching	no_stop_unmatched

finish
