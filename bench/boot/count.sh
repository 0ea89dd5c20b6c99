#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# count.sh LIST SIZE [NAME...]: runs the relocators of the table `relocators`
# (RELOCATORS names another one), or those named, over an image of SIZE bytes,
# hexadecimal, with words at the offsets of the file LIST, and rvreloc's table of
# it. A line for each:
#   name|words|left out|bytes of the table|bytes of code|instructions
# KEEP names a folder for what many runs can share. The status is 1 if one of
# them did not move every word, or touched more.
#
# count.sh --whole IMAGE EXPECTED TABLE NAME: the same of a flat image, for the
# link and the new base of job.h, with a table that is there already; it has to
# become the other file (-: whatever it becomes).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

whole=
if [[ ${1:-} = --whole ]]; then
	whole=$2 expected=$3 table=$4
	printf -v size '%x' "$(stat -c %s "$whole")"
	shift 4
else
	list=${1:?LIST} size=${2:?SIZE}
	shift 2
fi
here=bench/boot
rv=${RVRELOC:-build/rvreloc}
temp=$(mktemp -d -t count.XXXXXX)
trap 'rm -rf "$temp"' EXIT
keep=${KEEP:-$temp}

warnings=(-Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Werror)
target=(riscv64-linux-gnu-gcc -std=c11 -march=rv64gc -mabi=lp64d -mcmodel=medany
	-ffreestanding -fno-pic -fno-stack-protector -fno-asynchronous-unwind-tables
	-I. "${warnings[@]}")

value() { # KEY FILE
	sed -n "s/^$1=//p" "$2"
}

count() { # NAME SOURCE FUNCTION FORMAT FLAG...
	local name=$1 source=$2 function=$3 format=$4 command=run code load=()
	shift 4
	if [[ -n $whole ]]; then
		load=(-device "loader,file=$whole,addr=0x84000000,force-raw=on")
		[[ $expected = - ]] ||
			load+=(-device "loader,file=$expected,addr=0x88000000,force-raw=on")
		"$keep/job" whole $((${#load[@]} / 2)) "$size" "$temp/run" "$table" >"$temp/host"
	else
		# RELR has no place for words that are not aligned: they are left out.
		[[ $format != relr ]] || command=run-aligned
		"$rv" table -q --format="$format" -o "$temp/table" "$temp/image"
		"$keep/job" $command "$list" "$size" "$temp/run" "$temp/table" >"$temp/host"
	fi

	"${target[@]}" "$@" -c "$source" -o "$temp/relocator.o"
	riscv64-linux-gnu-ld --no-warn-rwx-segments -T $here/target.lds -o "$temp/elf" \
		--defsym=relocator="$function" "$keep/start.o" "$keep/target.o" "$temp/relocator.o"
	code=$(riscv64-linux-gnu-size -A "$temp/relocator.o" |
		awk '$1 ~ /^\.(text|rodata|srodata|data|sdata|bss|sbss)/ { n += $2 } END { print n + 0 }')

	if ! timeout "${TIMEOUT:-60}" qemu-system-riscv64 -M virt -m 256M -bios none \
			-icount shift=0 -display none -monitor none -serial stdio \
			-kernel "$temp/elf" -device "loader,file=$temp/run,addr=0x81000000,force-raw=on" \
			"${load[@]}" </dev/null >"$temp/said" 2>"$temp/error"; then
		echo "count.sh: ${whole:-$list}: $name: $(cat "$temp/said" "$temp/error" | xargs)" >&2
		status=1
		return 0
	fi
	printf '%s|%s|%s|%s|%s|%s\n' "$name" "$(value words "$temp/host")" \
		"$(value left "$temp/host")" "$(value table "$temp/host")" "$code" \
		"$(value instructions "$temp/said")"
}

if [[ ! -e $keep/start.o ]]; then
	read -ra host <<<"${HOSTCC:-cc -O1}"
	"${host[@]}" -std=c11 -D_GNU_SOURCE "${warnings[@]}" -I. -o "$keep/job" $here/job.c
	"${target[@]}" -O2 -c $here/target.c -o "$keep/target.o"
	"${target[@]}" -c $here/start.S -o "$keep/start.o"
fi

if [[ -z $whole ]]; then
	"$keep/job" source "$list" "$size" "$temp/image.S"
	"${target[@]}" -c "$temp/image.S" -o "$temp/image.o"
	riscv64-linux-gnu-ld --emit-relocs --build-id=none -T $here/image.lds \
		-o "$temp/image" "$temp/image.o"
fi

status=0 known=()
while IFS='|' read -r name source function format flags; do
	[[ -n $name && $name != '#'* ]] || continue
	read -r name <<<"$name"
	read -r source function format <<<"$source $function $format"
	known+=("$name")
	[[ $# = 0 ]] || printf '%s\n' "$@" | grep -Fxq "$name" || continue
	read -ra flags <<<"$flags"
	count "$name" "$source" "$function" "$format" "${flags[@]}"
done <"${RELOCATORS:-$here/relocators}"

for name; do
	if ! printf '%s\n' "${known[@]}" | grep -Fxq "$name"; then
		printf -v all '%s; ' "${known[@]}"
		echo "count.sh: no relocator '$name'; there are: ${all%; }" >&2
		exit 2
	fi
done
exit $status
