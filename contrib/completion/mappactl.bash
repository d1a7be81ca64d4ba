# shellcheck shell=bash
# Completion of mappactl for bash: commands, their options, and files. It asks
# mappactl itself, so that it knows what the installed one knows; no daemon is asked.

_mappactl_commands()
{
        mappactl help 2>/dev/null | sed -n 's/^  \([a-z][a-z -]*[a-z]\)  .*/\1/p'
}

_mappactl_options()
{
        mappactl help "$@" 2>/dev/null | sed -n 's/^  \(--[a-z-]*\).*/\1/p'
}

_mappactl()
{
        local words=("${COMP_WORDS[@]:1}") place=$COMP_CWORD found
        if [ "$place" -gt 1 ] && [ "${words[0]}" = help ]; then
                words=("${words[@]:1}")
                place=$((place - 1))
        fi
        local word=${words[place - 1]} first=${words[0]} second=${words[1]:-}
        if [ "$place" -eq 1 ]; then
                found="help $(_mappactl_commands | cut -d' ' -f1 | sort -u)"
        elif [[ $word == -* ]]; then
                found=$(_mappactl_options "$first" "$second")
                [ -n "$found" ] || found=$(_mappactl_options "$first")
        elif [ "$place" -eq 2 ]; then
                found=$(_mappactl_commands | sed -n "s/^$first //p")
        fi
        mapfile -t COMPREPLY < <(compgen -W "${found:-}" -- "$word")
}

# What is no word of ours may be a file.
complete -o bashdefault -o default -F _mappactl mappactl
