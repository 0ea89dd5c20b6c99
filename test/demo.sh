#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Shows what rvreloc is for: one small kernel, linked once, retargeted to several
# windows of the address space, each result booted in QEMU; and the same kernel
# with a boot table, moving itself.  RVRELOC names the program.  The status is 0
# if every boot ran where it should and found all well.
set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
kernel=$top/testdata/kernel
rvreloc=${RVRELOC:-$top/build/rvreloc}
prefix=riscv64-linux-gnu-
work=$(mktemp -d -t demo.XXXXXX)
trap 'rm -rf "$work"' EXIT

windows="\
the last 2 GiB|0xffffffff90000000|sv39
|0xffffffff90000000|sv48
|0xffffffff90000000|sv57
lower, still in sv39|0xffffffe000000000|sv39
far below, sv57 only|0xff60000000000000|sv57"

# told  base, or none for a seed  paging  loaded at
moves="\
to stay where it was linked|0xffffffff80000000|sv57|0x80200000
to go there|0xffffffff90000000|sv39|0x80200000
|0xffffffe000000000|sv48|0x84000000
|0xff60000000000000|sv57|0x82345000
to choose, by a seed||sv39|0x80600000
||sv57|0x84000000"

good='' bad='' dim='' plain=''
if [[ -t 1 && -z ${NO_COLOR:-} ]]; then
	good=$'\e[32m' bad=$'\e[31m' dim=$'\e[2m' plain=$'\e[0m'
fi

needs() { # WHAT-TO-DO PROGRAM...
	local program
	for program in "${@:2}"; do
		command -v "$program" >/dev/null && continue
		echo "demo.sh: $program is not there; $1" >&2
		exit 2
	done
}

row() { # WINDOW TEXT PAGING CHANGED RESULT COLOUR
	printf '  %-21s  %-18s  %-6s  %-13s  %s%s%s\n' "$1" "$2" "$3" "$4" "$6" "$5" "$plain"
}

bytes() { # ELF OUT [OBJCOPY-OPTION...]
	"${prefix}objcopy" -O binary "${@:3}" "$1" "$2"
}

differing() { # ELF [OBJCOPY-OPTION...]: bytes that are not as linked
	bytes "$linked" "$work/linked" "${@:2}"
	bytes "$1" "$work/moved" "${@:2}"
	{ cmp -l "$work/linked" "$work/moved" || true; } | wc -l
}

# One line of the table; what the kernel says counts, not what was asked for.
boot() { # WINDOW ELF ADDRESS PAGING CHANGED
	local said text paging result right=0

	if said=$("$kernel/run.sh" "$2" "$4"); then
		right=1
	fi
	text=$(sed -n 's/^text *//p' <<<"$said")
	paging=$(sed -n 's/^paging *//p' <<<"$said")
	result=$(tail -n 1 <<<"$said")
	if [[ -n $text ]] && { ((text != $3)) || [[ $paging != "$4" ]]; }; then
		result="but it was to be $3, $4" right=0
	fi
	if ((right)); then
		row "$1" "$text" "$paging" "$5" "$result" "$good"
	else
		row "$1" "${text:-nowhere}" "${paging:--}" "$5" "${result:-nothing}" "$bad"
		failures=$((failures + 1))
	fi
}

retarget() { # ADDRESS OUT [ELF]
	if ! "$rvreloc" retarget -q --to="$1" -o "$2" "${3:-$linked}"; then
		echo "demo.sh: rvreloc did not retarget to $1" >&2
		exit 1
	fi
	if [[ $(differing "$2" -j .text) != 0 ]]; then
		echo "demo.sh: the code at $1 is not the code that was linked" >&2
		exit 1
	fi
}

said_of() { # FIELD: what the kernel said of it
	sed -n "s/^$1 *//p" <<<"$said"
}

move_row() { # TOLD LOADED TEXT PAGING MEMORY RESULT COLOUR
	printf '  %-27s  %-10s  %-18s  %-6s  %-13s  %s%s%s\n' "$1" "$2" "$3" "$4" "$5" "$7" "$6" "$plain"
}

# Boots the file with the table. The kernel stops unless it is in memory what
# retarget makes of that file for the same base; where a seed takes it, an
# earlier boot has said.
moves_itself() { # TOLD BASE PAGING AT
	local said order base=$2 text at memory right=0
	order="base=$base"
	if [[ -z $base ]]; then
		order="seed=0x$(od -An -N 8 -tx8 /dev/urandom | tr -d ' ')"
		said=$(AT=$4 "$kernel/run.sh" "$self" "$order $3") || true
		base=$(said_of text)
	fi
	[[ -n $base && -e $work/self-$base ]] || retarget "${base:-none}" "$work/self-$base" "$self"
	said=$(AT=$4 "$kernel/run.sh" "$self" "$order $3" "$work/self-$base") && right=1
	text=$(said_of text) at=$(said_of loaded) memory=$(said_of compared)
	if [[ -z $text || -z $memory || $(said_of paging) != "$3" ]] ||
		((text != base || at != $4)); then
		right=0
	fi
	((right)) || failures=$((failures + 1))
	at=${at:+$(printf '0x%x' "$at")}
	move_row "$1" "${at:--}" "${text:-nowhere}" "$(said_of paging)" \
		"${memory:+as retargeted}" "$(tail -n 1 <<<"$said")" "$( ((right)) && echo "$good" || echo "$bad")"
}

needs "run make first" "$rvreloc"
needs "README.md names the packages" ${prefix}gcc ${prefix}ld ${prefix}objcopy \
	qemu-system-riscv64

linked=$("$kernel/build.sh" medany)
base=$("${prefix}readelf" -h "$linked" | awk '/Entry point/ { print $4 }')
failures=0

cat <<END

  A small kernel, compiled without PIE and linked once, at $base.
  It turns on paging, says where it runs and follows every address it holds.
  Each line below is one boot in QEMU, of what this made of the one file:

      rvreloc retarget --to=ADDRESS -o OUT ${linked#"$top"/}

END
row window "text lies at" paging "bytes changed" "the kernel says" ""
row --------------------- ------------------ ------ ------------- -------------------- ""
boot "as linked" "$linked" "$base" sv57 0
while IFS='|' read -r window address paging; do
	moved=$work/$address.elf
	[[ -e $moved ]] || retarget "$address" "$moved"
	boot "$window" "$moved" "$address" "$paging" "$(differing "$moved")"
done <<<"$windows"

[[ $failures = 0 ]] || exit 1
bytes "$linked" "$work/linked"
cat <<END

  ${dim}The image has $(stat -c %s "$work/linked") bytes.  Not one byte of the code changed: it reaches its
  data from the program counter, so only words that hold an address did.${plain}

END

self=$work/self.elf
"$rvreloc" table -q --embed -o "$self" "$linked"
cat <<END
  Now the same file, with a table of $("$rvreloc" table -q -o - "$linked" | wc -c) bytes put into it, moves itself:

      rvreloc table --embed -o OUT ${linked#"$top"/}

  Each line is one boot of that one file.  Before paging is on, wherever it was
  loaded, it goes where it is told to, and compares each byte of itself with what
  rvreloc retarget writes for that address.

END
move_row "told" "loaded at" "moves itself to" "paging" "in memory" "the kernel says" ""
move_row --------------------------- ---------- ------------------ ------ ------------- -------------------- ""
while IFS='|' read -r told base paging at; do
	moves_itself "$told" "$base" "$paging" "$at"
done <<<"$moves"
echo
[[ $failures = 0 ]] || exit 1
