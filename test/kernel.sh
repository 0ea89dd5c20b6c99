#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The test kernel, for every variant of testdata/kernel/variants: linked at A and
# at B, retargeted from A to B, compared with the linker's B to the last byte,
# and booted.  RVRELOC names the program under test.
set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
kernel=$top/testdata/kernel
rvreloc=${RVRELOC:-$top/build/rvreloc}
work=$(mktemp -d -t kernel.XXXXXX)
trap 'rm -rf "$work"' EXIT

passed=0 failed=0

check() { # WHAT COMMAND...
	if "${@:2}" >"$work/log" 2>&1; then
		echo "ok   $1"
		passed=$((passed + 1))
	else
		echo "FAIL $1"
		sed 's/^/       /' "$work/log" | head -n 20
		failed=$((failed + 1))
	fi
}

# What is printed goes to a file to compare with, and is shown if it is not right.
boots() { # ELF ADDRESS SAID [PAGING]
	local status=0

	"$kernel/run.sh" "$1" "${4:-}" >"$3" || status=$?
	cat "$3"
	[[ $status = 0 ]] && grep -Eq "^text +0x0*${2#0x}\$" "$3" &&
		grep -Eq "^paging +${4:-sv}" "$3"
}

stops() { # ELF BOOTARGS WHY
	! "$kernel/run.sh" "$1" "$2" >"$work/stopped" || return 1
	cat "$work/stopped"
	grep -Eq "^stop: .*$3" "$work/stopped"
}

# Only the line that names the address may differ.
same_but_address() { # SAID SAID
	diff <(grep -v '^text' "$1") <(grep -v '^text' "$2")
}

retargets() { # ELF ADDRESS OUT
	"$rvreloc" retarget --to="$2" -o "$3" "$1"
}

# Records in allocated sections: SECTION OFFSET TYPE of each.
records() { # FILE
	riscv64-linux-gnu-readelf -rW "$1" | awk '
		/^Relocation section/ { section = $3; debug = section ~ /debug/ }
		/ R_RISCV_/ && !debug { print section, $1, $3 }'
}

# The word that knows the base is the only one that boot code may have.
early_is_independent() { # FOLDER
	local object

	for object in boot_S early_c place_c fdt_c console_c rvreloc-apply rvreloc-slot; do
		records "$1/$object.o" | grep -E '_(64|32|HI20|GOT_HI20)$' |
			grep -v PCREL | sed "s/^/$object: /" || true
	done >"$work/absolute"
	cat "$work/absolute"
	[[ $(wc -l <"$work/absolute") = 1 ]] && grep -q '^boot_S: .*rodata' "$work/absolute"
}

# Twelve cases and four labels, in words of their own or in pairs of records.
has_jump_table() { # FOLDER
	records "$1/switch_c.o" | awk '
		$1 ~ /rodata/ && $3 !~ /SUB/ { n++ }
		END { print n, "entries"; exit n != 16 }'
}

# Every byte that the linker made otherwise at B, put back to A's, has to be seen.
notices_each_byte() { # ELF_A ELF_B
	local first end offset a _ unseen=0 n=0

	first=$((0x$(section_offset "$2" .text)))
	end=$((0x$(section_offset "$2" .bss)))
	while read -r offset a _; do
		((offset > first && offset <= end)) || continue
		cp "$2" "$work/mutant.elf"
		printf '%b' "\\0$a" | dd of="$work/mutant.elf" bs=1 \
			seek=$((offset - 1)) conv=notrunc status=none
		n=$((n + 1))
		if TIMEOUT=5 "$kernel/run.sh" "$work/mutant.elf" >/dev/null 2>&1; then
			echo "byte $((offset - 1)) of $2 put back: not noticed"
			unseen=$((unseen + 1))
		fi
	done < <(cmp -l "$1" "$2")
	echo "$n bytes, $unseen not noticed"
	((n >= 50 && unseen == 0))
}

section_offset() { # ELF SECTION
	riscv64-linux-gnu-readelf -SW "$1" | sed 's/\[ */[/' | awk -v s="$2" '$2 == s { print $5 }'
}

variant() { # NAME BASE OTHERS...
	local name=$1 base=$2 a b to
	shift 2

	a=$("$kernel/build.sh" "$name")
	check "$name: boot code is position-independent" early_is_independent "${a%.elf}"
	check "$name: the switch is a table" has_jump_table "${a%.elf}"
	check "$name: boots where it was linked, $base" boots "$a" "$base" "$work/a"
	for to; do
		b=$(BASE=$to "$kernel/build.sh" "$name")
		check "$name: the linker's at $to boots" boots "$b" "$to" "$work/b"
		check "$name: the linker's at $to finds the same" same_but_address "$work/a" "$work/b"
		rm -f "$work/ours.elf" "$work/ours"
		check "$name: retargets to $to" retargets "$a" "$to" "$work/ours.elf"
		[[ -e $work/ours.elf ]] || continue
		check "$name: is the linker's at $to, byte by byte" cmp "$b" "$work/ours.elf"
		check "$name: retargeted to $to boots" boots "$work/ours.elf" "$to" "$work/ours"
		check "$name: retargeted to $to finds the same" diff "$work/b" "$work/ours"
	done
}

while IFS='|' read -r name _ _ _ base others; do
	[[ -n ${name// /} && $name != '#'* ]] || continue
	# shellcheck disable=SC2086 # lists of words
	variant $name $base $others
done <"$kernel/variants"

elf=$("$kernel/build.sh" medany)
for paging in sv39 sv48 sv57; do
	check "boots in $paging" boots "$elf" 0xffffffff80000000 "$work/a" $paging
done
sv57=$(BASE=0xff60000000000000 "$kernel/build.sh" medany)
check "an address of sv57 is refused in sv39" stops "$sv57" sv39 "not an address in sv39"
check "an address of sv57 is refused in sv48" stops "$sv57" sv48 "not an address in sv48"
onto=$(BASE=0x80210000 "$kernel/build.sh" medany)
check "a base over the loaded image is refused" stops "$onto" "" "overlaps"
near=$(BASE=0xffffffff90000000 "$kernel/build.sh" medany)
check "no byte can stay behind unnoticed" notices_each_byte "$elf" "$near"

echo "$passed passed, $failed failed"
[[ $failed = 0 ]]
