#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The test kernel, linked once, with its boot table in it, moves itself: every
# variant of testdata/kernel/variants, from several physical addresses, to
# several bases, in all paging modes.  Each time it is in memory, byte by byte,
# what `rvreloc retarget` writes for that base, and finds the same as where it
# was linked.  What it has to refuse, and the objects of boot/ themselves, come
# last.  RVRELOC names the program under test.
set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
kernel=$top/testdata/kernel
rvreloc=${RVRELOC:-$top/build/rvreloc}
prefix=riscv64-linux-gnu-
work=$(mktemp -d -t selfmove.XXXXXX)
trap 'rm -rf "$work"' EXIT

passed=0 failed=0

check() { # WHAT COMMAND...
	if "${@:2}" >"$work/log" 2>&1; then
		echo "ok   $1"
		passed=$((passed + 1))
	else
		echo "FAIL $1"
		sed 's/^/       /' "$work/log" | head -n 30
		failed=$((failed + 1))
	fi
}

# --- A kernel with a table, and what it must become. ---

# Sets `self` and `link_base`, and boots it where it was linked.
with_table() { # VARIANT
	local linked
	linked=$("$kernel/build.sh" "$1")
	self=$work/$1.elf
	link_base=$("${prefix}readelf" -h "$linked" | awk '/Entry point/ { print $4 }')
	"$rvreloc" table -q --embed -o "$self" "$linked"
}

stays() {
	"$kernel/run.sh" "$self" >"$work/said" || { cat "$work/said"; return 1; }
	results "$work/said" >"$self.results"
	is_at "$link_base" && ! grep -E '^(moved|refused)' "$work/said"
}

# All but the lines that say where it is.
results() { # SAID
	grep -Ev '^(moved|refused|compared|loaded|text|paging) ' "$1"
}

# What retarget writes for that base; its name.
retargeted() { # BASE
	local out=$self-at-$1
	if (($1 == link_base)); then
		out=$self
	elif [[ ! -e $out ]]; then
		"$rvreloc" retarget -q --to="$1" -o "$out" "$self" || return 1
	fi
	echo "$out"
}

is() { # FIELD VALUE: in what the kernel said
	grep -Eq "^$1 +$2\$" "$work/said" || { echo "it does not say $1 $2"; return 1; }
}

is_at() { # BASE
	is text "0x0*${1#0x}"
}

# Boots $self, which must be as expected after each move, and find what it finds
# where it was linked.
runs() { # AT BOOTARGS EXPECTED...
	AT=$1 "$kernel/run.sh" "$self" "${@:2}" >"$work/said" || { cat "$work/said"; return 1; }
	cat "$work/said"
	[[ $(grep -Ec '^compared +[1-9][0-9]{4,} bytes, all as expected$' "$work/said") = $(($# - 2)) ]] &&
		is loaded "0x0*${1#0x}" && diff "$self.results" <(results "$work/said")
}

moves() { # AT PAGING BASE...
	local at=$1 paging=$2 base file expected=()
	shift 2
	for base; do
		file=$(retargeted "$base") || { echo "no retargeting to $base"; return 1; }
		expected+=("$file")
	done
	runs "$at" "$paging base=$(IFS=, && echo "$*")" "${expected[@]}" &&
		is_at "$base" && is paging "$paging" &&
		[[ $(grep -c '^moved to ' "$work/said") = "$#" ]]
}

refuses() { # ERROR BASE
	runs 0x80600000 "base=$2" "$self" && is_at "$link_base" && is refused "0x0*${2#0x}, error $1"
}

# The paging modes in which an address can be.
pagings() { # BASE
	local bits
	if [[ $name = rv32* ]]; then
		echo sv32
		return
	fi
	for bits in 39 48 57; do
		((($1 << (64 - bits)) >> (64 - bits) == $1)) && echo "sv$bits"
	done
	return 0
}

# --- Every variant. ---

places=(0x80200000 0x80600000 0x84000000 0x82345000)
turn=0

variant() { # NAME CODE BASE OTHERS...
	local name=$1 code=$2 to paging reached=()
	shift 3
	check "$name: a table is made and put in" with_table "$name"
	check "$name: stays where it was linked" stays
	for to; do
		# A table reaches what one interval of addresses has; lui is in two.
		if [[ $name != rv32* && $code = *medlow* && $to != 0xffffffff* ]]; then
			check "$name: refuses to go to $to, which lui does not reach" refuses -5 "$to"
			continue
		fi
		reached+=("$to")
		for paging in $(pagings "$to"); do
			check "$name: from ${places[turn]} to $to in $paging, as retarget writes it" \
				moves "${places[turn]}" "$paging" "$to"
			turn=$(((turn + 1) % ${#places[@]}))
		done
	done
	paging=$(pagings "$link_base" | tail -n 1)
	check "$name: from base to base, twice to the same, home and away again" \
		moves "${places[turn]}" "$paging" "${reached[@]}" "${reached[-1]}" "$link_base" \
		"$link_base" "${reached[0]}"
	check "$name: refuses a base that is not aligned" refuses -4 "${reached[0]%000}800"
}

while IFS='|' read -r name _ code _ base others; do
	[[ -n ${name// /} && $name != '#'* ]] || continue
	# shellcheck disable=SC2086 # lists of words
	variant $name "$code" $base $others
done <"$kernel/variants"

# --- What does not fit. ---

flip() { # FILE OFFSET
	local byte
	byte=$(od -An -tu1 -j "$2" -N 1 "$1")
	printf '%b' "\\0$(printf %o $((byte ^ 4)))" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

offset_of() { # SECTION
	"${prefix}readelf" -SW "$self" | sed 's/\[ */[/' | awk -v s="$1" '$2 == s { print "0x" $5 }'
}

image_size() {
	"${prefix}nm" "$self" | awk '$3 == "_image_size" { print "0x" $1 }'
}

# $self with one bit of its table wrong, the results to expect beside it
damaged() { # OFFSET ERROR
	local whole=$self self=$work/damaged.elf
	cp "$whole" "$self"
	cp "$whole.results" "$self.results"
	flip "$self" $(($(offset_of .rvreloc) + $1))
	refuses "$2" "$base"
}

# offset  error  of
flips="\
0  -1  what makes it a table
1  -1  what makes it a table
2  -3  the version
3  -2  the class
8  -7  the checksum
18 -7  the base
24 -7  the guard
32 -7  the table's size
37 -7  the image's size
41 -7  the lowest base
50 -7  the highest base
56 -7  the alignment
64 -7  the first group
71 -7  the first group's stream"

for name in medany rv32low; do
	base=0xffffffff90000000
	[[ $name = medany ]] || base=0xd0400000
	with_table $name
	stays >"$work/log"
	while read -r offset error what; do
		check "$name: refuses a table with byte $offset wrong, of $what" damaged "$offset" "$error"
	done <<<"$flips"
done

# A table that is all right but for an image that ends early: it is found when
# words have been moved, and they are to be as before.
shorten() {
	cat >"$work/shorten.c" <<-'END'
		#include <stdio.h>
		#include <stdlib.h>
		#include "boot/relocfmt.h"
		static uint64_t room[1 << 12];
		int main(int argc, char **argv)
		{
			struct rvreloc_header *h = (struct rvreloc_header *)room;
			FILE *f = argc == 4 ? fopen(argv[1], "r+b") : NULL;
			long at = f ? strtol(argv[2], NULL, 0) : 0;
			if (!f || fseek(f, at, SEEK_SET) || !fread(room, 1, sizeof(room), f))
				return 2;
			int xlen = (int)(h->magic >> 24), n = h->size;
			h->image = (int32_t)strtol(argv[3], NULL, 0);
			h->guard = ~(h->base + h->extent);
			h->check = 0;
			while ((n -= xlen / 8) >= (int)offsetof(struct rvreloc_header, extent))
				h->check = h->check * 31 + (xlen == 64 ? room[n / 8] : ((uint32_t *)room)[n / 4]);
			if (xlen == 32)
				h->check = (uint32_t)h->check;
			return fseek(f, at, SEEK_SET) || fwrite(room, 1, sizeof(*h), f) != sizeof(*h) || fclose(f);
		}
	END
	cc -std=c11 -fno-strict-aliasing -Wall -Wextra -Werror -I"$top" -o "$work/shorten" "$work/shorten.c"
}
shortened() { # IMAGE-SIZE ERROR, 0 for none
	local whole=$self self=$work/shortened.elf
	cp "$whole" "$self"
	cp "$whole.results" "$self.results"
	"$work/shorten" "$self" "$(offset_of .rvreloc)" "$1"
	if [[ $2 = 0 ]]; then
		cmp "$whole" "$self"
	else
		refuses "$2" "$base"
	fi
}
check "a table can be given another image size" shorten
for name in medany rv32low; do
	base=0xffffffff90000000
	[[ $name = medany ]] || base=0xd0400000
	with_table $name
	stays >"$work/log"
	check "$name: its table with the size that it has is as it was" shortened "$(image_size)" 0
	check "$name: takes back what a table did that leads out of the image" \
		shortened $(($(offset_of .data) - $(offset_of .text) + 64)) -6
done

with_table medlow
stays >"$work/log"
check "medlow: refuses to leave the last 2 GiB" refuses -5 0xffffffbf80000000
without_table() {
	local results=$self.results self
	self=$("$kernel/build.sh" medlow)
	cp "$results" "$self.results"
	refuses -1 0xfffffffff0000000
	rm -f "$self.results"
}
check "medlow: without a table there is none" without_table

# --- The comparison itself: one wrong byte, the first, the last, any. ---

notices() { # OFFSET EXPECTED-IMAGE
	local file=$work/wrong.elf first
	first=$(offset_of .text)
	cp "$2" "$file"
	flip "$file" $((first + $1))
	! "$kernel/run.sh" "$self" base=0xfffffffff0000000 "$file" >"$work/said" || return 1
	cat "$work/said"
	grep -Eq "^stop: not as expected at offset 0x0*$(printf %x "$1"):" "$work/said"
}

right=$(retargeted 0xfffffffff0000000)
for offset in 0 $(($(offset_of .rvreloc) - $(offset_of .text) + 100)) \
		$(($(offset_of .bss) - $(offset_of .text) - 1)); do
	check "a wrong byte at $offset is noticed" notices "$offset" "$right"
done

# --- A slot by a seed, the same on host and target. ---

host_slot() {
	cat >"$work/slot.c" <<-'END'
		#include <stdio.h>
		#include <stdlib.h>
		#include "boot/rvreloc.h"
		static uintptr_t number(const char *s) { return strtoull(s, NULL, 0); }
		int main(int argc, char **argv)
		{
			if (argc != 6)
				return 2;
			printf("0x%llx\n", (unsigned long long)rvreloc_slot(number(argv[1]),
				number(argv[2]), number(argv[3]), number(argv[4]), number(argv[5])));
		}
	END
	cc -std=c11 -Wall -Wextra -Werror -I"$top" -o "$work/slot" "$work/slot.c" "$top/boot/slot.c"
}

goes_by_seed() { # SEED WINDOW SIZE
	local base file
	base=$("$work/slot" "$1" "$2" "$3" "$(image_size)" 0x200000) && file=$(retargeted "$base") || return 1
	echo "$1 gives $base on the host"
	echo "$base" >>"$work/slots"
	runs 0x80600000 "seed=$1" "$file" && is_at "$base"
}

check "the slot chooser is compiled for the host" host_slot
for seed in 0x0 0x123456789abcdef0 0x3fe 0xffffffffffffffff; do
	check "medlow: the slot of seed $seed" goes_by_seed $seed 0xffffffff80000000 0x7ffff000
done
with_table rv32
stays >"$work/log"
for seed in 0x1 0xfedcba98 0xffffffff; do
	check "rv32: the slot of seed $seed" goes_by_seed $seed 0xc0000000 0x3ffff000
done
check "seven seeds, seven slots" [ "$(sort -u "$work/slots" | wc -l)" = 7 ]

# --- boot/ itself. ---

# Nothing of its own that would have to move, nothing that it needs.
stands_alone() { # OBJECT
	local file=$1 bad=0
	if "${prefix}nm" -u "$file" | grep .; then
		echo "$file: needs these"
		bad=1
	fi
	"${prefix}readelf" -SW "$file" | sed -n 's/^ *\[ *[0-9]*\] //p' |
		awk '$7 ~ /A/ && $5 !~ /^0+$/ && $1 !~ /^\.text/ { print }' >"$work/sections"
	if grep . "$work/sections"; then
		echo "$file: has more than code"
		bad=1
	fi
	"${prefix}readelf" -rW "$file" | awk '
		/^Relocation section/ { text = $3 ~ /\.rela\.text/ }
		text && / R_RISCV_/ && $3 !~ /_(BRANCH|JAL|RVC_BRANCH|RVC_JUMP|RELAX|ALIGN)$/' >"$work/records"
	if grep . "$work/records"; then
		echo "$file: has records of other kinds than jumps within"
		bad=1
	fi
	[[ $bad = 0 && $(code_size "$file") -gt 100 ]]
}

code_size() { # OBJECT
	"${prefix}size" -A "$1" | awk '$1 ~ /^\.text/ { n += $2 } END { print n + 0 }'
}

boot_objects() { # FOLDER OPTIMIZE COMPILER...
	make -s --no-print-directory -C "$top" -f boot/boot.mk RVRELOC_OBJ="$1" RVRELOC_CC="${*:3}" \
		RVRELOC_CFLAGS="-Wall -Wextra -Werror" RVRELOC_OPTIMIZE="$2" rvreloc-boot
}

boot_stands_alone() { # OPTIMIZE COMPILER...
	rm -f "$work"/boot/*
	boot_objects "$work/boot" "$@" && stands_alone "$work/boot/rvreloc-apply.o" &&
		stands_alone "$work/boot/rvreloc-slot.o"
}

for compiler in "${prefix}gcc" "clang-14 --target=riscv64-unknown-elf" "clang-19 --target=riscv64-unknown-elf"; do
	for machine in "rv64gc lp64d" "rv64imac lp64" "rv64ima lp64" "rv64i lp64" \
			"rv32imac ilp32" "rv32ima ilp32" "rv32i ilp32"; do
		read -r march mabi <<<"$machine"
		target=$compiler
		[[ $march = rv64* ]] || target=${compiler/target=riscv64/target=riscv32}
		for level in -Os -O2; do
			# shellcheck disable=SC2086 # a compiler and its target
			check "boot/ stands alone: ${compiler%% *}, $march, $level" \
				boot_stands_alone $level $target -march=$march -mabi=$mabi
		done
	done
done

small_enough() {
	local size
	boot_objects "$work/small" -Os "${prefix}gcc" -march=rv64gc
	size=$(code_size "$work/small/rvreloc-apply.o")
	echo "$size bytes"
	((size > 0 && size <= 512))
}
check "rvreloc_apply takes at most 512 bytes" small_enough

# The same look at code of which some does not stand alone.
code_with() { # C-CODE [CODE-MODEL]
	echo "long f(long x) { $(printf 'x ^= x << 7; x *= x >> 3;%.0s' {1..20}) $1; return x; }" |
		"${prefix}gcc" -x c -Os -march=rv64gc -mcmodel="${2:-medany}" -fno-pic -ffreestanding \
			-fno-asynchronous-unwind-tables -c -o "$work/other.o" -
}
is_seen() { # C-CODE [CODE-MODEL]
	code_with "$@" && ! stands_alone "$work/other.o"
}
is_not_seen() {
	code_with "$@" && stands_alone "$work/other.o"
}
check "nothing is wrong with code alone" is_not_seen ''
check "a call is seen" is_seen 'extern long g(long); x = g(x)'
check "a variable is seen" is_seen 'static long n; x += n++'
check "a string is seen" is_seen 'extern char *p[]; *p = "text"' medlow
check "a table is seen" is_seen 'static const long t[] = { 5, 9, 2 }; x = t[x % 3]'
check "an address of its own is seen" is_seen 'x += (long)f' medlow

echo "$passed passed, $failed failed"
[[ $failed = 0 ]]
