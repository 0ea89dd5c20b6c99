#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# build.sh OPTIONS OUT: completion for bash, zsh and fish, named as they want it,
# into OUT. OPTIONS is what `rvreloc help --options` says.
set -eu
cd "$(dirname "$0")/.."

options=$1 out=$2
mkdir -p "$out"
made() { # SHELL NAME [TEMPLATE]
	awk -f completions/common.awk -f "completions/$1.awk" "$options" ${3:+"$3"} >"$out/$2"
}
made bash rvreloc completions/bash.in
made fish rvreloc.fish
made zsh _rvreloc
