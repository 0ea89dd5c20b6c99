# SPDX-License-Identifier: GPL-2.0-or-later
# awk -f common.awk -f fish.awk: completion for fish.

function quoted(s) {
	gsub(/[\\']/, "\\\\&", s)
	return "'" s "'"
}

function option(o,    when, kind) {
	when = of[o] == "" ? "not __fish_use_subcommand" : \
		"__fish_seen_subcommand_from " of[o]
	if (arg[o] == "")
		kind = ""
	else if (words[o] != "")
		kind = (is_optional(o) ? " -f -a " : " -x -a ") quoted(spaced(words[o]))
	else if (is_folder(o))
		kind = " -x -a '(__fish_complete_directories)'"
	else if (is_file(o))
		kind = " -r -F"
	else
		kind = is_optional(o) ? "" : " -x"
	printf "complete -c rvreloc -n '%s'%s -l %s%s -d %s\n", when, \
		short[o] == "" ? "" : " -s " short[o], long[o], kind, quoted(about[o])
}

END {
	print "# fish completion for rvreloc; made from `rvreloc help --options`."
	print "complete -c rvreloc -n __fish_use_subcommand -f"
	print "complete -c rvreloc -n __fish_use_subcommand -l help -s h -d 'show help'"
	print "complete -c rvreloc -n __fish_use_subcommand -l version -s V -d 'show the version'"
	for (i = 1; i <= commands; i++)
		printf "complete -c rvreloc -n __fish_use_subcommand -a %s -d %s\n", \
			command[i], quoted(summary[command[i]])
	print "complete -c rvreloc -n __fish_use_subcommand -a help -d 'tell about a command'"
	printf "complete -c rvreloc -n '__fish_seen_subcommand_from help' -f -a '%s'\n", all_commands()
	for (o = 1; o <= n; o++)
		option(o)
}
