#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Shows what rvreloc is for: one small kernel, linked once, retargeted to several
# windows of the address space, each result booted in QEMU.  RVRELOC names the
# program.  The status is 0 if every boot ran where it should and found all well.
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

retarget() { # ADDRESS OUT
	if ! "$rvreloc" retarget -q --to="$1" -o "$2" "$linked"; then
		echo "demo.sh: rvreloc did not retarget to $1" >&2
		exit 1
	fi
	if [[ $(differing "$2" -j .text) != 0 ]]; then
		echo "demo.sh: the code at $1 is not the code that was linked" >&2
		exit 1
	fi
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
