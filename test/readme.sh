#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# README.md shows what the program says. Its blocks that begin with `$ rvreloc`
# are run, each in a folder of its own with these files:
#
#	vmlinux			the small kernel of testdata/kernel, for medany
#	vmlinux.relinked	the same objects, linked 256 MiB above
#	vmlinux.medlow		the same source, for medlow
#	boot.log		of Linux, which has moved itself by 0x25600000
#
# and must say what they say there; readme.sh --update writes it there. A block
# behind a line `<!-- by hand: WHY -->` is left alone. Last line: N passed, N
# failed.
set -euo pipefail
cd "$(dirname "$0")/.."
. test/lib.sh

top=$PWD
update=${1:-}
readme=$top/README.md
rv=$(realpath "${RVRELOC:-build/rvreloc}")
only='*'
work=$top/build/readme
rm -rf "$work"
mkdir -p "$work/inputs" "$work/bin"
cp "$(testdata/kernel/build.sh medany)" "$work/inputs/vmlinux"
cp "$(BASE=0xffffffff90000000 testdata/kernel/build.sh medany)" "$work/inputs/vmlinux.relinked"
cp "$(testdata/kernel/build.sh medlow)" "$work/inputs/vmlinux.medlow"
echo '[    0.000000] Kernel at 0xffffffffa5600000 (by rng-seed), linked at 0xffffffff80000000' >"$work/inputs/boot.log"
ln -s "$rv" "$work/bin/rvreloc"
export PATH=$work/bin:$PATH LC_ALL=C
cd "$work"

# The block in the file `was`, with what its commands say now.
run_block() {
	local line command
	rm -rf here
	cp -r inputs here
	while IFS= read -r line; do
		[[ $line == '    $ '* ]] || continue
		printf '%s\n' "$line"
		command=${line#    \$ }
		while [[ $line == *\\ ]]; do
			IFS= read -r line
			printf '%s\n' "$line"
			command=${command%\\}$line
		done
		(cd here && eval "$command") </dev/null 2>&1 | sed 's/ *$//; s/^./    &/' || true
	done <was
}

mapfile -t lines <"$readme"
new=() i=0 by_hand=
while ((i < ${#lines[@]})); do
	line=${lines[i]}
	if [[ $line == '    $ rvreloc '* && -z $by_hand ]]; then
		: >was
		while [[ ${lines[i]:-} == '    '* || (-z ${lines[i]:-} && ${lines[i + 1]:-} == '    '*) ]]; do
			printf '%s\n' "${lines[i]}" >>was
			i=$((i + 1))
		done
		run_block >is
		[[ $update == --update ]] || check "${line#    }" diff was is
		mapfile -t -O ${#new[@]} new <is
		continue
	fi
	case $line in
	'<!-- by hand'*) by_hand=1 ;;
	'' | '    '*) ;;
	*) by_hand= ;;
	esac
	new+=("$line")
	i=$((i + 1))
done

if [[ $update == --update ]]; then
	printf '%s\n' "${new[@]}" >"$readme"
	exit
fi
for command in $(rvreloc help --options | awk -F '\t' '$2 == "" && $3 == "" { print $1 }'); do
	check "shows $command" grep -q "^    \$ rvreloc $command " "$readme"
done

finish
