# SPDX-License-Identifier: GPL-2.0-or-later
# awk -f common.awk -f zsh.awk: completion for zsh.

# Within '...', where brackets and colons end a part of what _arguments takes.
function quoted(s) {
	gsub(/\[|\]|:|\\/, "\\\\&", s)
	gsub(/'/, "'\\''", s)
	return s
}

function option(o,    rest) {
	rest = "[" quoted(about[o]) "]"
	if (arg[o] != "") {
		rest = rest (is_optional(o) ? "::" : ":")
		if (words[o] != "")
			rest = rest "word:(" spaced(words[o]) ")"
		else
			rest = rest quoted(called(o)) ":" \
				(is_folder(o) ? "_files -/" : is_file(o) ? "_files" : "")
	}
	if (short[o] != "")
		printf "\t\t\t'(-%s --%s)'{-%s%s,--%s%s}'%s' \\\n", short[o], long[o], \
			short[o], arg[o] == "" ? "" : "+", long[o], equals(o), rest
	else
		printf "\t\t\t'%s--%s%s%s' \\\n", again(o), long[o], equals(o), rest
}

# KEY=... may be given for each key.
function again(o) {
	return arg[o] ~ /=/ ? "*" : ""
}

function equals(o) {
	return arg[o] == "" ? "" : is_optional(o) ? "=-" : "="
}

END {
	print "#compdef rvreloc"
	print "# zsh completion for rvreloc; made from `rvreloc help --options`."
	print "_rvreloc() {"
	print "\tlocal context state line"
	print "\tlocal -a commands"
	print "\ttypeset -A opt_args"
	print "\tcommands=("
	for (i = 1; i <= commands; i++)
		printf "\t\t'%s:%s'\n", command[i], quoted(summary[command[i]])
	print "\t\t'help:tell about a command'"
	print "\t)"
	print "\t_arguments -C '(- *)'{-h,--help}'[show help]' \\"
	print "\t\t'(- *)'{-V,--version}'[show the version]' \\"
	print "\t\t'1:command:->command' '*::argument:->argument'"
	print "\tcase $state in"
	print "\tcommand)"
	print "\t\t_describe -t commands command commands ;;"
	print "\targument)"
	print "\t\tcase $words[1] in"
	for (i = 1; i <= commands; i++) {
		printf "\t\t%s)\n\t\t\t_arguments -s \\\n", command[i]
		for (o = 1; o <= n; o++)
			if (is_of(o, command[i]))
				option(o)
		print "\t\t\t'*:file:_files' ;;"
	}
	print "\t\thelp)"
	print "\t\t\t_describe -t commands command commands ;;"
	print "\t\tesac ;;"
	print "\tesac"
	print "}"
	print "_rvreloc \"$@\""
}
