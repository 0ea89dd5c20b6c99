#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# build.sh OPTIONS OUT: the man pages of the program and of each command that
# OPTIONS (`rvreloc help --options`) has, and of the table's format, into OUT.
set -eu
cd "$(dirname "$0")/../.."

page() { # NAME.SECTION COMMAND
	awk -v COMMAND="$2" -v VERSION="$version" -f doc/man/page.awk "$options" "doc/man/$1.in" >"$out/$1"
}

options=$1 out=$2
version=$(sed -n 's/^#define RVRELOC_VERSION "\(.*\)"$/\1/p' cmd/cmd.h)
mkdir -p "$out"
rm -f "$out"/*
page rvreloc.1 ''
page relocfmt.5 ''
awk -F '\t' '$2 == "" && $3 == "" { print $1 }' "$options" |
while read -r command; do
	page "rvreloc-$command.1" "$command"
done
