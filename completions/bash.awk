# SPDX-License-Identifier: GPL-2.0-or-later
# awk -f common.awk -f bash.awk OPTIONS bash.in: completion for bash.

# COMMAND,OPTION as the words before the cursor are.
function patterns(o,    c) {
	c = of[o] == "" ? "*" : of[o]
	return c ",--" long[o] (short[o] == "" ? "" : "|" c ",-" short[o])
}

function with_argument(    o, s) {
	for (o = 1; o <= n; o++)
		if (arg[o] != "" && !is_optional(o))
			s = s "|" patterns(o)
	return substr(s, 2)
}

function arguments(    o) {
	for (o = 1; o <= n; o++)
		if (words[o] != "")
			printf "\t%s) _rvreloc_reply -W '%s' ;;\n", patterns(o), spaced(words[o])
		else if (is_folder(o) || is_file(o))
			printf "\t%s) _rvreloc_reply -%s ;;\n", patterns(o), is_file(o) ? "f" : "d"
}

function options(c,    o, s) {
	for (o = 1; o <= n; o++)
		if (is_of(o, c))
			s = s " --" long[o] (arg[o] == "" || is_optional(o) ? "" : "=") \
				(short[o] == "" ? "" : " -" short[o])
	printf "\t\t%s) _rvreloc_reply -W '%s' ;;\n", c, substr(s, 2)
}

/@ARGUMENTS@/	{ arguments(); next }
/@OPTIONS@/	{ for (i = 1; i <= commands; i++) options(command[i]); next }
{
	sub(/@WANTS_ARGUMENT@/, with_argument())
	sub(/@COMMANDS@/, all_commands())
	print
}
