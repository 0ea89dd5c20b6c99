#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# install.sh TREE: enables TREE, the source of Linux 6.1, to move itself. Applies
# the patches beside this file, unless they are applied already (as by git am),
# and copies in the code of boot/, of which the patches have no second copy.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
die() {
	echo "install.sh: $*" >&2
	exit 2
}

[ $# -eq 1 ] || die "usage: install.sh TREE"
tree=$1
[ -f "$tree/arch/riscv/Kconfig" ] || die "$tree is not a Linux tree with arch/riscv"

# Each is tried before it is applied, so none is ever applied in part
if ! grep -q '^config RELOCATABLE_TEXT$' "$tree/arch/riscv/Kconfig"; then
	for patch in "$here"/0*.patch; do
		patch -d "$tree" -p1 -s -f --dry-run < "$patch" ||
			die "$(basename "$patch") does not apply; those before it are applied"
		patch -d "$tree" -p1 -s < "$patch"
	done
fi
cp "$here"/../boot/*.[ch] "$tree/arch/riscv/kernel/rvreloc/"
