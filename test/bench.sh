#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The relink proof on images of bench/generate, which writes what the linker
# would have at another base; and how threads are shared with a build.
set -euo pipefail
cd "$(dirname "$0")/.."
. test/lib.sh

rv=${RVRELOC:-$PWD/build/rvreloc}
generate=${GENERATE:-$PWD/build/bench/generate}
readelf=riscv64-linux-gnu-readelf
work=$(mktemp -d "${TMPDIR:-/tmp}/bench-test.XXXXXX")
trap 'rm -rf "$work"' EXIT

make -s --no-print-directory all build/bench/generate
cd "$work"
unset MAKEFLAGS MFLAGS MAKELEVEL

# --- The proof. ---
A=0xffffffff80000000 B=0xffffffff9a000000 low=0xffffffe000000000
proof() { # FROM TO OPTION...: at every -j
	local from=$1 to=$2 j
	shift 2
	"$generate" --base="$from" "$@" a && "$generate" --base="$to" "$@" b || return 1
	! cmp -s a b || return 1
	for j in 1 2 3 8; do
		"$rv" retarget -q -j "$j" --to="$to" --build-id=keep -o m a && cmp m b || return 1
	done
}
records() { # readelf sees the same ones
	"$generate" --size=4M --seed=9 --ulebs=4 a && "$rv" inspect --json a >json || return 1
	# readelf 2.40 does not know ULEB128.
	$readelf -rW a | sed 's/ unrecognized: 3c / R_RISCV_SET_ULEB128 /; s/ unrecognized: 3d / R_RISCV_SUB_ULEB128 /' |
		grep -o 'R_RISCV_[A-Z0-9_]*' | sort | uniq -c | awk '{ print $2, $1 }' >want
	tr -d ' \n' <json | grep -o '"R_RISCV_[A-Z0-9_]*":{"records":[0-9]*' | sed 's/":{"records":/ /; s/"//' |
		awk '{ n[$1] += $2 } END { for (t in n) print t, n[t] }' | sort >got
	diff want got && [ "$(wc -l <want)" -gt 20 ]
}
agrees() { "$generate" --size=4M --seed=5 a && "$rv" verify -q a; }
spoil() { # a debug word that its record does not say
	local at
	at=$($readelf -SW a | sed 's/^ *\[ *[0-9]*\]//' | awk '$1 == ".debug_loclists" { print $4 }')
	cp a bad
	printf '\377%.0s' {1..64} | dd of=bad bs=1 seek=$((0x$at + 400)) conv=notrunc status=none
}
stale() { # the same errors, and no file
	local j status
	"$generate" --size=4M a && spoil || return 1
	rm -f m
	for j in 1 2 3; do
		status=0
		"$rv" retarget -j "$j" --to=$B -o m bad 2>err.$j || status=$?
		[ "$status" = 2 ] && [ ! -e m ] && grep -q 'debug_loclists.*stale' err.$j &&
			cmp err.1 err.$j || return 1
	done
}
check seed-0			proof $A $B --size=4M --ulebs=4
# More symbols than are kept: 22 million.
check many-symbols		proof $A $B --size=620M --symbols=10
check one-unit			proof $A $B --size=100K --seed=1
check back			proof $B $A --size=3M --seed=2
check far			proof $A $low --size=3M --seed=3
check few-symbols		proof $A $B --size=3M --seed=4 --symbols=0.1
check many-records		proof $A $B --size=6M --seed=6 --records=3 --debug=3
check few-records		proof $A $B --size=8M --seed=7 --debug=12
check 40-megabytes		proof $A $B --size=40M --seed=8
check readelf-counts		records
check verify-agrees		agrees
check stale			stale

# --- A build's jobserver. ---
image() { [ -e big ] || "$generate" --size=60M big; }
# Leaks cannot be looked for under strace.
clones="env ASAN_OPTIONS=detect_leaks=0 strace -f -qq -e trace=clone,clone3 -e signal=none -o trace"
move() { "$rv" retarget -q --to=$B -o m "$@"; }
threads() { # ARGUMENT...: how many a move starts besides its first
	$clones "$rv" retarget -q --to=$B -o m "$@" big || return 1
	grep -c clone trace || true
}
tokens() { # what is in the pipe, sorted; it stays there
	local all
	all=$(dd if=fifo iflag=nonblock bs=256 count=1 2>/dev/null || true)
	printf '%s' "$all" >&7
	printf '%s\n' "$all" | fold -w 1 | sort | tr -d '\n'
}
with_fifo() { # TOKENS COMMAND...: its status, or 99 when not all are back
	local had=$1 status=0
	shift
	rm -f fifo
	mkfifo fifo
	exec 7<>fifo
	printf '%s' "$had" >&7
	MAKEFLAGS=" -j --jobserver-auth=fifo:$PWD/fifo" "$@" || status=$?
	[ "$(tokens)" = "$had" ] || status=99
	exec 7>&-
	return $status
}
many_cpus() { [ "$(nproc)" -gt 1 ]; }
fifo_none() { image && n=$(with_fifo '' threads) && [ "$n" = 0 ]; }
fifo_takes() { image && many_cpus && n=$(with_fifo a threads) && [ "$n" -gt 0 ]; }
fifo_bytes() { image && with_fifo abc move big && with_fifo + move big; }
fifo_not_with_j() { image && n=$(with_fifo '' threads -j 3) && [ "$n" -gt 1 ]; }
fifo_error() {
	local status=0
	"$generate" --size=4M a && spoil || return 1
	with_fifo abc move bad 2>err || status=$?
	[ "$status" = 2 ] && grep -q stale err
}
interrupted() { # whenever the signal comes, the tokens are there again
	local after status n=0
	image || return 1
	for after in 0.005 0.01 0.02 0.04 0.07 0.1 0.15; do
		status=0
		with_fifo abc timeout -s TERM $after "$rv" retarget -q --to=$B -o m big || status=$?
		[ "$status" = 0 ] || [ "$status" = 124 ] || return 1
		n=$((n + status / 124))
	done
	[ "$n" -gt 0 ] && ! ls .rvreloc-* 2>/dev/null
}
without() { image && n=$(MAKEFLAGS=$1 threads) && [ "$n" = 0 ]; } # MAKEFLAGS
with_all() { image && many_cpus && n=$(MAKEFLAGS=$1 threads) && [ "$n" -gt 0 ]; }

cat >Makefile <<'MAKE'
all: one two three
one two three:
	+@$(STRACE) $(RV) retarget -q --to=$(TO) -o out.$@ big
.PHONY: bad
bad:
	+@$(RV) retarget -q --to=$(TO) -o out.$@ bad
closed:
	@$(STRACE) $(RV) retarget -q --to=$(TO) -o out.$@ big
MAKE
# make itself complains of tokens that are missing when it ends.
real_make() { make -s -j2 RV="$rv" TO=$B "$@" 2>err; }
make_moves() {
	image && move big && real_make all && [ ! -s err ] &&
		cmp m out.one && cmp m out.two && cmp m out.three
}
make_takes() { image && many_cpus && real_make STRACE="$clones" one && grep -q clone trace; }
make_error() {
	"$generate" --size=4M a && spoil && ! real_make bad && grep -q stale err && ! grep -q INTERNAL err
}
make_keeps() { image && real_make STRACE="$clones" closed && ! grep -q clone trace; }
check no-jobserver		with_all 'w -j'
check fifo-without-tokens	fifo_none
check fifo-takes-tokens		fifo_takes
check fifo-same-bytes		fifo_bytes
check fifo-not-with-j		fifo_not_with_j
check fifo-error		fifo_error
check fifo-interrupted		interrupted
check fifo-gone			without '-j4 --jobserver-auth=fifo:/nonexistent'
check pipe-gone			without '-j4 --jobserver-auth=198,199'
check make			make_moves
check make-takes-tokens		make_takes
check make-error		make_error
check make-keeps-its-own	make_keeps

finish
