#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# `rvreloc window` against the linker: a kernel and a module are linked with the
# module at both ends of where Linux may put it, and the kernel in the first and
# in the last slot.  What ld cannot link does not reach; what it can does.
# WINDOW.SH [GLOB]: only the tests whose names match.  Last line: N passed, N failed.
set -euo pipefail
cd "$(dirname "$0")/.."
. test/lib.sh

rv=${RVRELOC:-$PWD/build/rvreloc}
schema=$PWD/doc/window.schema.json
work=$PWD/build/window
prefix=riscv64-linux-gnu-
rm -rf "$work"
mkdir -p "$work"
medany=$(testdata/kernel/build.sh medany)
medlow=$(testdata/kernel/build.sh medlow)
rv32=$(testdata/kernel/build.sh rv32)
cd "$work"

# Runs it; its status goes to $status, what it says to json, and that as lines
# of keys and a value ("slots.count 1023") to flat.
window() { # ARGUMENT...
	status=0
	"$rv" window --json "$@" >json 2>err || status=$?
	cat err
	[ "$status" = 2 ] || awk '
		{ gsub(/^ +|,$/, "") }
		/^[]}]/ { depth--; next }
		{
			key = depth ? n[depth]++ : ""
			if (match($0, /^"[^"]*": /)) {
				key = substr($0, 2, RLENGTH - 4)
				$0 = substr($0, RLENGTH + 1)
			}
			name = path[depth] (path[depth] == "" ? "" : ".") key
		}
		/^[[{]$/ { path[++depth] = name; n[depth] = 0; next }
		{ gsub(/^"|"$/, ""); print name, $0 }' json >flat
}
get() { # KEYS
	sed -n "s/^$1 //p" flat
}
is() { # KEYS VALUE
	local got
	got=$(get "$1")
	[ "$got" = "$2" ] || { echo "$1 is $got, not $2"; return 1; }
}
exits() { # STATUS
	[ "$status" = "$1" ] || { echo "exit status $status, not $1"; return 1; }
}

says() { # TEXT ARGUMENT...
	local text=$1
	shift
	"$rv" window "$@" >text || true
	cat text
	grep -qF -- "$text" text
}

# --- A kernel of 16 MiB, whose last page holds marks at known places. ---

cat >k.S <<'S'
	.globl _start, function, variable, room, tail, tail_function
	.text
_start:	ret
function:
	ret
	.data
variable:
	.dword _start
	.bss
room:	.zero 16 << 20
	.section .tail, "aw", @nobits
	.zero 2048
tail:
tail_function:
	.zero 2048
S
cc() { "${prefix}gcc" -ffreestanding -nostdlib -fno-pic -fno-common -fno-asynchronous-unwind-tables -mno-relax "$@"; }
cc -c k.S -o k.o

linked() { # OUT BASE [MODULE-BASE MODULE.o [OPTION...]]: as ld links them
	local module=''
	[ -z "${3:-}" ] || module=".module $3 : { $4(.text) } .module_data (($3) + 4096) : { $4(.data) }"
	cat >lds <<-END
		ENTRY(_start)
		SECTIONS {
			. = $2;
			.text : { k.o(.text) }
			. = ALIGN(4096);
			.data : { k.o(.data) }
			.bss : { k.o(.bss) }
			. = ALIGN(4096);
			.tail : { k.o(.tail) }
			_end = .;
			$module
			/DISCARD/ : { *(.note*) *(.riscv.attributes) }
		}
	END
	"${prefix}ld" -T lds --no-relax --no-warn-rwx-segments --build-id=none -o "$1" k.o ${4:+"$4"} "${@:5}"
}
base=0xffffffff80000000
linked k $base '' '' --emit-relocs
end=0x$("${prefix}nm" k | awk '$3 == "_end" { print $1 }')
size=$((end - base))

# --- What ld says of a module's reference, at both ends of all that is allowed. ---

modules() { # NAME: module NAME.ko in folder NAME, from standard input
	mkdir -p "$1"
	cat >"$1.S"
	cc -c "$1.S" -o "$1.o"
	cp "$1.o" "$1/$1.ko"
}

# The module as low as it can be, below a kernel in the first slot, and as high
# as it can be, below one in the last.
ld_reaches() { # NAME CORE-SIZE FIRST LAST
	linked "$1.out" "$3" $(($3 + size - (1 << 31))) "$1.o" &&
		linked "$1.out" "$4" $(($4 - $2)) "$1.o"
}

same_as_ld() { # NAME CORE-SIZE WINDOW WANT [far]: reaches or not, from tool and linker alike
	local name=$1 want=$4 by_ld=reaches first last
	window --window="$3" --modules="$name" k
	first=$(get slots.first) last=$(get slots.last)
	is modules.0.core_bytes "$2" || return 1
	if ! ld_reaches "$name" "$2" "$first" "$last" >ld.log 2>&1; then
		cat ld.log
		grep -q 'relocation truncated to fit' ld.log || return 1
		by_ld=beyond
	fi
	[ "$by_ld" = "$want" ] || { echo "ld: $by_ld, wanted $want"; return 1; }
	case $want${5:-} in
	reaches*) exits 0 && is modules.0.linux.trampolines 0 && is findings.0.what "" ;;
	beyondfar) exits 0 && is modules.0.linux.trampolines 1 && is findings.0.what "far call" ;;
	beyond) exits 1 && is modules.0.linux.beyond 1 && is findings.0.what beyond ;;
	esac
}

one() { # NAME INSTRUCTION... : a module with it first in its text
	local name=$1
	shift
	printf '\t%s\n' .text "$@" | modules "$name"
}
pcrel() { one "$1" "1: auipc a0, %pcrel_hi($2)" 'addi a0, a0, %pcrel_lo(1b)'; }
lui() { one "$1" "lui a0, %hi($2)" "addi a0, a0, %lo($2)"; }

# Where no lui reaches: ld makes one of auipc if that helps.
high=0xffffffe000000000:64M
pcrel near 'variable';		check pcrel-data		same_as_ld near 4096 last-2g reaches
pcrel start '_start';		check pcrel-start		same_as_ld start 4096 last-2g reaches
pcrel before 'tail - 4';	check pcrel-just-in-reach	same_as_ld before 4096 $high reaches
pcrel at 'tail';		check pcrel-just-beyond		same_as_ld at 4096 $high beyond
pcrel after 'tail + 2044';	check pcrel-last-word		same_as_ld after 4096 $high beyond
one calls 'call function';	check call			same_as_ld calls 4096 last-2g reaches
one callt 'call tail_function'; check call-by-trampoline	same_as_ld callt 4096 last-2g beyond far
one jal 'jal function';		check jal-to-kernel		same_as_ld jal 4096 last-2g beyond
one beq 'beq a0, a1, function';	check branch-to-kernel		same_as_ld beq 4096 last-2g beyond
one within 'jal 1f' '1: beq a0, a1, 1b'; check branch-within	same_as_ld within 4096 last-2g reaches
lui luik 'variable';		check lui-of-kernel		same_as_ld luik 4096 last-2g reaches
lui luil 'variable';		check lui-over-2g		same_as_ld luil 4096 0x7f000000:64M beyond
one own 'lui a0, %hi(mine)' .data 'mine: .dword 0'; check lui-of-own same_as_ld own 8192 last-2g beyond
one ownd '1: auipc a0, %pcrel_hi(mine)' .data 'mine: .dword 0'; check pcrel-of-own same_as_ld ownd 8192 last-2g reaches
one word '.word variable';	check word-of-kernel		same_as_ld word 4096 last-2g reaches
word_over_4g() { # ld cuts such words without a word
	window --window=0xff000000:64M --modules=word k
	exits 1 && is findings.0.type R_RISCV_32
}
check word-over-4g		word_over_4g

# --- From C, with PLT and GOT entries. ---

cat >c.c <<'C'
int function(int), other(int);
extern int variable;
__asm__(".weak absent");
static int mine;
int f(int x) { return function(x) + function(2) + variable + mine++; }
int *g(void)
{
	int *p;

	__asm__("1: auipc %0, %%got_pcrel_hi(absent)\n\tld %0, %%pcrel_lo(1b)(%0)" : "=r"(p));
	return p;
}
__attribute__((section(".init.text"))) int init(void) { return function(3) + other(1); }
C
cat >other.c <<'C'
int other(int x) { return x; }
C
mkdir -p c both
cc -O1 -mcmodel=medany -c c.c -o c/c.ko
cp c/c.ko both/
mkdir -p both/deep
cc -O1 -mcmodel=medany -c other.c -o both/deep/other.ko

entries() { # FILE TYPE: one for a target and section of code, as the loader counts
	"${prefix}readelf" -rW "$1" | awk -v t="$2" '
		/^Relocation section/ { s = $3 }
		$3 == t && s ~ /text/ { print s, $2, $NF, $(NF - 2) }' | sort -u | wc -l
}
plt_and_got() {
	local plt got
	plt=$(entries c/c.ko R_RISCV_CALL_PLT) got=$(entries c/c.ko R_RISCV_GOT_HI20)
	[ "$plt" = 3 ] && [ "$got" = 1 ] || { echo "$plt and $got by readelf"; return 1; }
	window --modules=c k
	is modules.0.plt_entries 3 && is modules.0.got_entries 1
}
counts_calls() {
	window --modules=c k
	is modules.0.calls "$("${prefix}readelf" -rW c/c.ko | grep -c CALL_PLT)" &&
		is modules.0.branches "$("${prefix}readelf" -rW c/c.ko | grep -c 'BRANCH\|_JAL\|JUMP')"
}
names_missing() {
	window --modules=c k
	exits 1 && is modules.0.missing 1 && is findings.0.what missing &&
		is findings.0.symbol other && is findings.0.section .init.text
	says 'c.ko:.init.text+' --modules=c k && grep 'R_RISCV_CALL_PLT against other: neither' text
}
between_modules() {
	window --modules=both k
	exits 0 && is modules.1.name deep/other.ko && is modules.0.missing 0
}
takes() { # code, data and what the loader makes of .init.*: a page each, and one behind each area
	window --modules=c k
	is modules.0.core_bytes 8192 && is modules.0.init_bytes 4096 &&
		is room.taken $((8192 + 4096 + 4096 + 4096))
}
check plt-and-got		plt_and_got
check counts-calls		counts_calls
check names-missing		names_missing
check between-modules		between_modules
check takes			takes

# --- Anywhere in the window: with ld at the window's far ends. ---

far_ends() { # WINDOW-BASE SIZE-IN-GiB: whether ld links calls to the kernel's start
	local from=$(($1)) to=$(($1 + ($2 << 30)))
	linked far.out "$(printf 0x%x $from)" "$(printf 0x%x $((to - 8192)))" calls.o &&
		linked far.out "$(printf 0x%x $((to - size - 4096 - (1 << 21))))" "$(printf 0x%x $from)" calls.o
}
anywhere() { # WINDOW-BASE SIZE-IN-GiB TRAMPOLINES
	local by_ld=0
	far_ends "$1" "$2" >ld.log 2>&1 || by_ld=1
	cat ld.log
	window --window="$1:$2G" --modules=calls k
	[ "$by_ld" = "$3" ] && is modules.0.anywhere.trampolines "$3" &&
		is modules.0.linux.trampolines 0 && exits 0
}
check anywhere-in-2g		anywhere 0xffffffff80000000 2 0
check anywhere-in-4g		anywhere 0xfffffffe00000000 4 1

# --- The kernel's own references: what retarget refuses does not reach. ---

as_retarget() { # FILE WINDOW WANTED-STATUS
	local slots n refused=0
	window --window="$2" "$1"
	exits "$3" || return 1
	slots=$(get slots.count)
	for n in 0 $((slots - 1)); do
		"$rv" retarget -q --window="$2" --slot="$n" -o out "$1" 2>err2 || refused=1
	done
	[ "$refused" = "$3" ] || { cat err2; return 1; }
	! "$rv" retarget -q --window="$2" --slot="$slots" -o out "$1" 2>err2 && grep -q "no slot $slots" err2
}
all_lui() { # every field that retarget cannot move is counted
	window --window=linear "$medlow"
	"$rv" retarget --max-errors=100000 --window=linear -o out "$medlow" 2>err2 && return 1
	is kernel.beyond "$(grep -c 'does not fit' err2)" &&
		[ "$(get kernel.beyond)" -gt 50 ]
}
pc_relative() { # as many as readelf finds in what is loaded
	window "$medany"
	is kernel.pc_relative "$("${prefix}readelf" -rW "$medany" | awk '
		/^Relocation section/ { loaded = $3 !~ /debug/ }
		loaded && $3 ~ /_(BRANCH|JAL|CALL|CALL_PLT|PCREL_HI20|GOT_HI20|RVC_BRANCH|RVC_JUMP|32_PCREL|PLT32)$/' | wc -l)"
}
check kernel-medany-everywhere	as_retarget "$medany" linear-sv48 0
check kernel-medlow-last-2g	as_retarget "$medlow" last-2g 0
check kernel-medlow-elsewhere	as_retarget "$medlow" linear 1
check kernel-medlow-one-end	as_retarget "$medlow" 0x7f000000:32M 1
check kernel-32			as_retarget "$rv32" linear 0
check kernel-counts-lui		all_lui
check kernel-counts-pc-relative	pc_relative

# --- Windows and modes. ---

fits() { # WINDOW MODES: exactly in those
	local got
	window --window="$1" "$medany"
	got=$(awk '/^modes.*mode / { m = $2 } /^modes.*fits true/ { print m }' flat | xargs)
	[ "$got" = "$2" ] || { echo "it fits $got"; return 1; }
}
mode() { # STATUS MODE WINDOW [FILE]
	window --mode="$2" --window="$3" "${4:-$medany}"
	exits "$1"
}
map_is() { # AREAS: "what base bytes" lines
	awk '/^map/ { printf "%s%s", $2, $1 ~ /bytes/ ? "\n" : " " }' flat | diff - <(printf '%s\n' "$@")
}
usual_map() {
	local first
	window k
	first=$(printf '0x%x' $((end - (1 << 31))))
	map_is "modules $first $(((1 << 31) - size - (128 << 20)))" \
		"bpf 0xffffffff78000000 $((128 << 20))" "kernel $base $size" \
		"free $end $(((1 << 31) - size - 4096))" "guard 0xfffffffffffff000 4096" &&
		is slots.here 0 && is room.modules $(((1 << 31) - size)) &&
		is bpf.farthest $((size + (128 << 20)))
}
elsewhere_map() { # a kernel that is not in the window: the first slot; and no guard
	window --window=0xffffffe000000000:1G k
	is slots.here null &&
		map_is "modules $(printf '0x%x' $((0xffffffe000000000 + size - (1 << 31)))) $(((1 << 31) - size - (128 << 20)))" \
		"bpf 0xffffffdff8000000 $((128 << 20))" "kernel 0xffffffe000000000 $size" \
		"free $(printf '0x%x' $((0xffffffe000000000 + size))) $(((1 << 30) - size))"
}
here() { # a kernel in slot 5
	"$rv" retarget -q --slot=5 -o moved k
	window moved
	is slots.here 5
}
alone() {
	window "$rv32"
	exits 0 && is window.left_alone true && is slots.count 1 &&
		is slots.first 0xc0000000 && "$rv" window "$rv32" | grep -q 'left as it is' || return 1
	window --window=linear "$rv32"
	is window.left_alone false && is slots.count 256
}
check last-2g-in-all		fits last-2g "sv39 sv48 sv57"
check linear-sv39-in-all	fits linear-sv39 "sv39 sv48 sv57"
check linear-sv48		fits linear-sv48 "sv48 sv57"
check vmalloc-sv57		fits vmalloc-sv57 "sv57"
check hole			fits 0x0180000000000000:1G ""
check hole-status		mode 1 sv57 0x0180000000000000:1G
check modules-canonical-too	fits 0xffffffc000000000:1G "sv48 sv57"
check mode-all			mode 0 all last-2g
check mode-all-not		mode 1 all linear-sv48
check mode-one			mode 0 sv48 linear-sv48
check mode-one-not		mode 1 sv39 linear-sv48
check mode-of-32		mode 0 all linear "$rv32"
check mode-of-another-class	mode 2 sv32 last-2g
check usual-map			usual_map
check elsewhere-map		elsewhere_map
check here			here
check rv32-left-alone		alone

# --- For people, and when something is wrong. ---

refused() { # TEXT ARGUMENT...: exit status 2, and that text
	local text=$1 s=0
	shift
	"$rv" window "$@" >text 2>err || s=$?
	cat err
	[ "$s" = 2 ] && grep -qF -- "$text" err && [ ! -s text ]
}
no_colours() { "$rv" window k | grep -q "$(printf '\033')" && return 1; "$rv" window --color=always k | grep -q "$(printf '\033')"; }
piped() { "$rv" window --modules=both k 2>err | head -n 1 >text && [ -s text ] && [ ! -s err ]; }
max() { "$rv" window --window=linear --max-errors=3 "$medlow" >text; [ $? = 1 ] && [ "$(grep -c 'does not fit' text)" = 3 ] && grep -q 'more (--max' text; }
mkdir -p none packed linked32 notelf
cp c/c.ko packed/
touch packed/a.ko.xz packed/b.ko.zst packed/readme.ko.txt
cp k notelf/linked.ko
echo text >linked32/a.ko
"${prefix}gcc" -march=rv32imac -mabi=ilp32 -ffreestanding -c other.c -o none/32.o
mkdir -p class
cp none/32.o class/x.ko
check says-slots		says "1,016  slots of 2 MiB" k
check says-error-pointers	says "stays free: error pointers" k
check says-trampolines		says "3  PLT and 1 GOT entries" --modules=c k
check says-does-not-reach	says "R_RISCV_JAL against function" --modules=jal k
check no-colours		no_colours
check piped			piped
check max-errors		max
check help			says "--modules=DIR" --help
check no-room			refused "has no slot" --window=0xffffffe000000000:4M k
check no-window			refused "nor a window" --window=nowhere k
check window-too-large		refused "so many addresses" --window=0:16777215T k
check no-modules		refused "there is no .ko" --modules=none k
check no-folder			refused "No such file" --modules=nothing-here k
check module-is-linked		refused "not a module" --modules=notelf k
check module-is-text		refused "1 of 1 files cannot be used" --modules=linked32 k
check module-of-32		refused "not of the kernel's class" --modules=class k
compressed() { window --modules=packed k; grep -q '2 compressed modules' err && is compressed_modules 2; }
check compressed		compressed

# --- What is promised to programs. ---

valid() { # ARGUMENT...
	window "$@"
	python3 -W ignore -m jsonschema -i json "$schema"
}
check schema			valid --modules=both k
check schema-findings		valid --modules=jal --window=0x7f000000:64M "$medlow"
check schema-32			valid "$rv32"

finish
