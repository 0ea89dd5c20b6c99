#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# bench/boot: that its counts are exact and can be held to, that it notices a
# relocator that does its work badly, and what the boot table may cost.
# Last line: N passed, M failed.
set -euo pipefail
cd "$(dirname "$0")/.."

work=$(mktemp -d -t bench-boot.XXXXXX)
trap 'rm -rf "$work"' EXIT
here=bench/boot
passed=0 failed=0

check() { # NAME COMMAND...
	local name=$1
	shift
	if "$@" >"$work/log" 2>&1; then
		echo "ok   $name"
		passed=$((passed + 1))
	else
		echo "FAIL $name"
		sed 's/^/     /' "$work/log"
		failed=$((failed + 1))
	fi
}

export KEEP=$work/keep
mkdir "$KEEP"
# The host's side under the sanitizers.
export HOSTCC="cc -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all"
read -ra host <<<"$HOSTCC"
generate() { # NAME: $work/list, and `size` for an image that holds it
	[[ -x $work/generate ]] ||
		"${host[@]}" -std=c11 -D_GNU_SOURCE -Wall -Wextra -Wconversion -Wshadow \
			-Wstrict-prototypes -Werror -o "$work/generate" $here/generate.c
	"$work/generate" "$1" >"$work/list"
	printf -v size '%x' $((0x$(tail -n 1 "$work/list") + 4096))
}

instructions() { # NAME FILE
	awk -F'|' -v name="$1" '$1 == name { print $6 }' "$2"
}

# --- Exact: each word of RELA costs the same, wherever it lies. ---
printf '%x\n' 16 24 32 4096 4104 65528 >"$work/six"
printf '%x\n' 3 11 8190 >"$work/three"
echo 8 >"$work/one"
linear() {
	local one three six
	$here/count.sh "$work/one" 10000 RELA >"$work/1"
	$here/count.sh "$work/three" 10000 RELA >"$work/3"
	$here/count.sh "$work/six" 10000 RELA >"$work/6"
	one=$(instructions RELA "$work/1")
	three=$(instructions RELA "$work/3")
	six=$(instructions RELA "$work/6")
	echo "$one $three $six"
	[[ $one -gt 0 && $((2 * (six - three))) = $((3 * (three - one))) ]]
}
check "the count grows with the words, by as much for each" linear

again() {
	generate tiny
	$here/count.sh "$work/list" "$size" RELR >"$work/first"
	$here/count.sh "$work/list" "$size" RELR >"$work/second"
	[[ -s $work/first ]] && diff "$work/first" "$work/second"
}
check "two runs count the same" again

# --- Bad relocators are noticed. Each does what rela.c does, but for one thing. ---
bad() { # FUNCTION BODY: the table of one relocator
	cat >"$work/$1.c" <<-C
		#include "bench/boot/rela.c"
		int $1(uint8_t *image, const void *table, uintptr_t base, const char *end);
		int $1(uint8_t *image, const void *table, uintptr_t base, const char *end)
		{
			$2
		}
	C
	echo "$1 | $work/$1.c | $1 | rela | -O2" >"$work/$1.relocators"
}
notices() { # FUNCTION PATTERN: what count.sh is to say
	local status=0
	RELOCATORS=$work/$1.relocators $here/count.sh "$work/six" 10000 >"$work/out" 2>&1 || status=$?
	cat "$work/out"
	[[ $status = 1 ]] && grep -Eq "$2" "$work/out"
}
move='relocate_rela(image, table, base, end)'
bad good "return $move;"
bad misses_one "return ${move/end/end - 24};"
bad twice "int r = $move; *(uint64_t *)(image + 4096) += 1; return r;"
bad beside "image[4095] = 1; return $move;"
bad before "image[-1] = 1; return $move;"
bad behind "image[0x10000] = 1; return $move;"
bad gives_up "return $move - 3;"
bad traps "__asm__ volatile(\"unimp\"); return $move;"
# What the others are compared with is well.
well() {
	RELOCATORS=$work/good.relocators $here/count.sh "$work/six" 10000
}
check "a good one passes" well
check "one word not moved" notices misses_one 'wrong_words=1 bytes_beside=0'
check "one word moved too far" notices twice 'wrong_words=1 bytes_beside=0'
check "a byte between words changed" notices beside 'wrong_words=0 bytes_beside=1'
check "a byte before the image changed" notices before 'wrong_words=0 bytes_beside=1'
check "a byte behind the image changed" notices behind 'wrong_words=0 bytes_beside=1'
check "an error returned" notices gives_up 'returned=-3 wrong_words=0'
check "a trap" notices traps 'trap=2 '

# --- What the boot table may cost, on lists like real ones. ---
cheaper() { # NAME
	generate "$1"
	$here/count.sh "$work/list" "$size" RELR rvr >"$work/both"
	cat "$work/both"
	awk -F'|' '{ words[$1] = $2; table[$1] = $4; n[$1] = $6 }
		END { exit !(words["rvr"] > 0 && words["RELR"] > 0 &&
		      table["rvr"] < table["RELR"] &&
		      n["rvr"] * words["RELR"] <= n["RELR"] * words["rvr"]) }' "$work/both"
}
for name in tiny defconfig; do
	check "like $name: no more instructions a word than RELR, no more bytes" cheaper $name
done

# --- Lists that are none. ---
refuses() { # LINE...
	local status=0
	printf '%s\n' "$@" >"$work/bad"
	$here/count.sh "$work/bad" 10000 RELA || status=$?
	[[ $status = 2 ]]
}
check "offsets that descend" refuses 10 8
check "words that overlap" refuses 10 14
check "a word that reaches out of the image" refuses fffc
check "what is not a number" refuses 10 x

echo "$passed passed, $failed failed"
[[ $failed = 0 && $passed -gt 0 ]]
