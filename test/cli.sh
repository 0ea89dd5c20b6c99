#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The command line, used as its users use it. CLI.SH [GLOB]: only the tests
# whose names match. Last line: N passed, N failed.
set -euo pipefail
cd "$(dirname "$0")/.."
. test/lib.sh

rv=${RVRELOC:-$PWD/build/rvreloc}
work=$PWD/build/cli
rm -rf "$work"
mkdir -p "$work"
nm=riscv64-linux-gnu-nm
readelf=riscv64-linux-gnu-readelf

k64=$(testdata/kernel/build.sh medany)
k32=$(testdata/kernel/build.sh rv32)
cp "$k64" "$work/k64"
cp "$k32" "$work/k32"
cd "$work"

# --- Inputs of our own: with a build id, and without a record. ---
cat >id.c <<'C'
int start(void);
int (*const table[])(void) = { start, start };
int start(void) { return table[1] != start; }
C
cc64() { riscv64-linux-gnu-gcc -O1 -ffreestanding -nostdlib -static -fno-pic -mcmodel=medany "$@"; }
link() { cc64 id.c -Wl,-Ttext-segment=0xffffffff80000000,-e,start "$@"; }
link -Wl,--emit-relocs,--build-id=sha1 -o id
link -Wl,--build-id=none -o norecords

base() { $readelf -lW "$1" | awk '$1 == "LOAD" { print $3 }' | sort | head -n 1; }
based() { [ "$(base "$1")" = "$2" ]; } # FILE ADDR
moved() { # ADDR ARGUMENT...: retarget puts it there
	local want=$1
	shift
	rm -f out
	"$rv" retarget "$@" -o out && based out "$want"
}
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

# --- Where to. ---
check to			moved 0xffffffff90000000 --to=0xffffffff90000000 k64
check delta			moved 0xffffffff90000000 --delta=0x10000000 k64
check delta-plus		moved 0xffffffff90000000 --delta=+256M k64
check delta-minus		moved 0xffffffff70000000 --delta=-256M k64
check delta-minus-32		moved 0xb0000000 --delta=-0x10000000 k32
check default-window		moved 0xffffffff80200000 --slot=1 k64
check window-last-2g		moved 0xffffffff88000000 --window=last-2g --slot=64 k64
check window-linear		moved 0xffffffd800000000 --window=linear k64
check window-linear-sv48	moved 0xffffaf8000000000 --window=linear-sv48 k64
check window-linear-by-mode	moved 0xffffaf8000000000 --window=linear --mode=sv48 k64
check window-linear-sv57	moved 0xff60000000000000 --window=linear-sv57 k64
check window-vmalloc		moved 0xffffffc800000000 --window=vmalloc-sv39 k64
check window-vmalloc-sv48	moved 0xffff8f8000000000 --window=vmalloc-sv48 k64
check window-vmalloc-sv57	moved 0xff20000000000000 --window=vmalloc-sv57 k64
check window-range		moved 0xffffffe000400000 --window=0xffffffe000000000:1G --slot=2 k64
check window-range-rounds-up	moved 0xffffffe000200000 --window=0xffffffe000001000:1G k64
check window-sv32		moved 0xc0400000 --window=linear --slot=1 k32
check window-last-2g-sv32	moved 0x80000000 --window=last-2g k32
check last-slot			moved 0xffffffffffe00000 --slot=1023 k64
check slot-too-far		refused "no slot 1024" retarget --slot=1024 k64
check window-too-small		refused "does not fit" retarget --window=0xffffffe000000000:4K k64
check window-unknown		refused "nor a window" retarget --window=nowhere k64
check window-mode-unknown	refused "nor a window" retarget --window=linear-sv39 k32
check last-4k			refused "the last 4 KiB" retarget --to=0xfffffffffffe9000 k64
check last-4k-32		refused "the last 4 KiB" retarget --to=0xfffe9000 k32
check over-the-end		refused "end of the address space" retarget --to=0xfffffffffffff000 k64
check wide-address-32		refused "end of the address space" retarget --to=0x1c0000000 k32
check canonical-sv57		refused "not canonical" retarget --to=0x0180000000000000 k64
check canonical-sv39		refused "not canonical" retarget --mode=sv39 --to=0xffffaf8000000000 k64
check canonical-sv48		moved 0xffffaf8000000000 --mode=sv48 --to=0xffffaf8000000000 k64
check canonical-hole		refused "not canonical" retarget --mode=sv39 --to=0x3ffffff000 k64
check alignment			refused "breaks the image's alignment" retarget --to=0xffffffff90000800 k64
check no-where			usage "say where to" retarget k64
check two-wheres		usage "say where to" retarget --to=0x1000 --delta=0x1000 k64
check bad-number		refused "is not an address" retarget --to=12x k64
check no-file			usage "one FILE" retarget --to=0x1000
check missing-file		refused "cannot open" retarget --to=0xffffffff90000000 nothing-here
check unknown-option		usage "unknown option --froob (" retarget --froob k64
check unknown-short-option	usage "unknown option -z" retarget -qz k64
check option-slip		usage "unknown option --dleta: is it --delta?" retarget --dleta=4K k64
check option-start		usage "is it --slot or --system-map or --strip-relocs?" retarget --s=4 k64
check option-argument		usage "--to wants an argument, ADDR" retarget k64 --to
check option-no-argument	usage "--strip-relocs takes no argument" retarget --strip=1 k64
check option-word		usage "it is one of derive, keep" retarget --build-id=never k64
check unknown-command		usage "unknown command 'froob' (" froob
check command-slip		usage "is it 'retarget'?" retraget k64
check no-records		refused "--emit-relocs" retarget --to=0xffffffff90000000 norecords

# --- What comes out. ---
zero() { "$rv" retarget --delta=0 -o out k64 && cmp out k64; }
there_and_back() {
	"$rv" retarget --to=0xffffffe000000000 -o out id &&
		"$rv" retarget --to="$(base id)" out && cmp out id
}
two_ways() {
	"$rv" retarget --to=0xffffffff90000000 -o out id &&
		"$rv" retarget --to=0xffffffffa0000000 out &&
		"$rv" retarget --to=0xffffffffa0000000 -o direct id &&
		cmp out direct
}
same_for_jobs() {
	local j
	for j in 1 2 3 16; do
		"$rv" retarget -j "$j" --slot=9 -o "out.$j" k64 && cmp out.1 "out.$j" || return 1
	done
}
id_of() { $readelf -nW "$1" | sed -n 's/.*Build ID: //p'; }
keeps_id() { "$rv" retarget --build-id=keep --slot=3 -o out id && [ "$(id_of out)" = "$(id_of id)" ]; }
derives_id() { "$rv" retarget --slot=3 -o out id && [ -n "$(id_of out)" ] && [ "$(id_of out)" != "$(id_of id)" ]; }
in_place() {
	cp id here && chmod 750 here && "$rv" retarget --slot=3 here &&
		based here 0xffffffff80600000 && [ "$(stat -c %a here)" = 750 ] &&
		! ls .rvreloc-* 2>/dev/null
}
through_pipe() {
	"$rv" retarget --slot=3 -o out id && "$rv" retarget --slot=3 -o - - <id | cat >piped && cmp out piped
}
system_map() { # FILE BASE
	"$rv" retarget --to="$2" --system-map=map -o out "$1" || return 1
	$nm -n out | grep -v '\( [aNUw] \)\|\(__crc_\)\|\( \$[adt]\)\|\( \.L\)\|\( L0\)' | sort >want
	sort map | diff - want
	LC_ALL=C sort -s -c -k 1,1 map
}
nothing_on_failure() {
	rm -f out map
	! "$rv" retarget --to=0xffffffff90000000 --system-map=map -o out norecords && [ ! -e out ] && [ ! -e map ]
}
check shift-0-is-identical	zero
check there-and-back		there_and_back
check one-way-or-two		two_ways
check same-for-every-j		same_for_jobs
check build-id-keep		keeps_id
check build-id-derive		derives_id
check in-place			in_place
check pipe			through_pipe
check system-map-over		usage "would replace the image" retarget --slot=4 -o out --system-map=./k64 k64
check system-map-over-out	usage "would replace the image" retarget --slot=4 -o out --system-map=out k64
check system-map		system_map k64 0xffffffff90000000
check system-map-32		system_map k32 0xd0000000
check nothing-on-failure	nothing_on_failure

# --- Talking to people and programs. ---
helps() { # [COMMAND]
	"$rv" "$@" --help >log2 && grep -q Usage log2 && "$rv" "$@" -h | cmp - log2 &&
		"$rv" help "$@" | cmp - log2
}
version() { "$rv" --version | grep "^rvreloc [0-9]" && "$rv" --version | grep "libdw\|not built in"; }
quiet() { [ -z "$("$rv" retarget -q --slot=2 -o out k32 2>&1)" ]; }
guesses() { "$rv" retarget -v --slot=2 -o out k64 2>&1 | grep 'note: symbol .* taken as'; }
overruled() {
	"$rv" retarget --slot=2 -o out k64 && "$rv" retarget --slot=2 --fixed='^_middle$' -o other k64 &&
		[ "$($nm out | grep ' _middle$')" != "$($nm k64 | grep ' _middle$')" ] &&
		[ "$($nm other | grep ' _middle$')" = "$($nm k64 | grep ' _middle$')" ]
}
max_errors() {
	# Text that is not where the records say: every one of them is stale.
	cp k64 broken
	dd if=/dev/zero of=broken bs=1 seek=$((0x1200)) count=1024 conv=notrunc status=none
	! "$rv" retarget --slot=2 --max-errors=3 -o out broken 2>err &&
		[ "$(grep -c 'stale' err)" = 3 ] && grep -q 'more like these' err
}
names_place() { grep -q '^broken:\.text+0x[0-9a-f]* (in [a-z_]*, [^:]*\.[cS]:[0-9]*): R_RISCV_' err; }
counts() { # FILE: the same numbers as readelf's
	local want got
	"$rv" inspect --json "$1" >json || return 1
	want=$($readelf -rW "$1" | grep -c 'R_RISCV_')
	got=$(grep -o '"records": [0-9]*' json | awk '{ n += $2 } END { print n }')
	[ "$want" = "$got" ]
}
types() { # FILE: per type
	"$rv" inspect --json "$1" | tr -d ' \n' | grep -o '"R_RISCV_[A-Z0-9_]*":{"records":[0-9]*' |
		sed 's/":{"records":/ /; s/"//' | awk '{ n[$1] += $2 } END { for (t in n) print t, n[t] }' | sort >got
	$readelf -rW "$1" | grep -o 'R_RISCV_[A-Z0-9_]*' | sort | uniq -c | awk '{ print $2, $1 }' | sort | diff got -
}
moves() { # the words that inspect says move are those that retarget changes
	local n
	n=$("$rv" inspect --json k64 | awk -F': *|,' '/"words"/ { print $2 }')
	"$rv" retarget --to=0xffffffff90000000 -o out k64
	riscv64-linux-gnu-objcopy -O binary -S k64 a.bin
	riscv64-linux-gnu-objcopy -O binary -S out b.bin
	# A shift of 256 MiB changes one byte of each word.
	[ "$(cmp -l a.bin b.bin | wc -l)" = "$n" ]
}
objects() { cc64 -c id.c -o id.o && "$rv" inspect id.o | grep -q ET_REL; }
# What a program on a terminal writes; script(1) is a terminal to it.
on_terminal() { script -qc "$(printf '%q ' "$@")" /dev/null; }
said() { "$@" 2>&1 || true; }
coloured() { said "$@" | grep -q $'\033'; }
colours() {
	coloured on_terminal env -u NO_COLOR TERM=xterm "$rv" retarget --slot=5000 k64 &&
		coloured "$rv" retarget --color --slot=5000 k64 &&
		coloured env NO_COLOR=1 "$rv" retarget --color=always --slot=5000 k64
}
no_colours() {
	! coloured "$rv" retarget --slot=5000 k64 &&
		! coloured on_terminal env NO_COLOR=1 TERM=xterm "$rv" retarget --slot=5000 k64 &&
		! coloured on_terminal env -u NO_COLOR TERM=dumb "$rv" retarget --slot=5000 k64 &&
		! coloured on_terminal env -u NO_COLOR TERM=xterm "$rv" retarget --color=never --slot=5000 k64
}
progress() {
	"$rv" retarget --progress=always --slot=3 -o out k64 2>bar && "$rv" retarget --slot=3 -o other k64 && cmp out other &&
		tr '\r' '\n' <bar | grep -q '^rvreloc: [a-z]' && tail -c 1 bar | grep -q $'\r'
}
no_progress() {
	"$rv" retarget --slot=3 -o out k64 2>bar && [ ! -s bar ] &&
		on_terminal "$rv" retarget --progress=never --slot=3 -o out k64 >bar && [ ! -s bar ]
}
reader_gone() { # COMMAND...: who reads no further is no error worth a word
	local status
	set +o pipefail
	{ "$rv" "$@" 2>err; echo $? >status; } | head -c 1 >/dev/null
	status=$(<status)
	[ ! -s err ] && { [ "$status" = 0 ] || [ "$status" = 141 ]; }
}
output_full() { ! "$rv" inspect k64 >/dev/full 2>err && grep -q 'cannot write the output' err; }
check colours			colours
check no-colours		no_colours
check progress			progress
check no-progress		no_progress
check reader-gone		reader_gone inspect k64
check output-full		output_full
check help			helps
check help-retarget		helps retarget
check help-inspect		helps inspect
check version			version
check quiet			quiet
check verbose-lists-guesses	guesses
check fixed-overrules		overruled
check max-errors		max_errors
check names-place		names_place
check inspect-counts		counts k64
check inspect-counts-32		counts k32
check inspect-types		types k64
check inspect-moves		moves
check inspect-object		objects

finish
