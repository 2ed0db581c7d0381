# bash completion for netwatch; made by `netwatch completion bash`
_netwatch_paths() {
  local IFS=$'\n'
  COMPREPLY+=($(compgen "$1" -- "$2"))
}
_netwatch() {
  local current previous command="" word options="" words="" files=""
  current="${COMP_WORDS[COMP_CWORD]}"
  previous="${COMP_WORDS[COMP_CWORD-1]}"
  COMPREPLY=()
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case " |report|events|record|console|lab|lab arp|lab arp-check|lab check|lab dns|lab enrich|lab make|lab namespace|lab ping|lab replay|lab scan|lab send|lab trace|rules|doctor|completion| " in
      *"|${command:+$command }$word|"*) command="${command:+$command }$word" ;;
      *) break ;;
    esac
  done
  case "$command:$previous" in
    ":--baseline") _netwatch_paths -f "$current"; return ;;
    ":--config") _netwatch_paths -f "$current"; return ;;
    ":--events") _netwatch_paths -f "$current"; return ;;
    ":--profile") COMPREPLY=($(compgen -W "balanced quiet lab" -- "$current")); return ;;
    ":--record-alerts") COMPREPLY=($(compgen -W "info low medium high critical" -- "$current")); return ;;
    ":--refresh") :; return ;;
    ":--replay") :; return ;;
    ":--rules") _netwatch_paths -f "$current"; return ;;
    ":--theme") COMPREPLY=($(compgen -W "catppuccin colour-blind dracula gruvbox high-contrast monochrome netwatch-dark netwatch-light nord sixteen solarized-dark solarized-light" -- "$current")); return ;;
    ":--user") :; return ;;
    ":-B"|":--buffer") :; return ;;
    ":-Y"|":--display-filter") :; return ;;
    ":-a"|":--autostop") COMPREPLY=($(compgen -W "duration: packets: filesize: match:" -- "$current")); compopt -o nospace 2>/dev/null; return ;;
    ":-b"|":--ring") COMPREPLY=($(compgen -W "filesize: duration: packets: files:" -- "$current")); compopt -o nospace 2>/dev/null; return ;;
    ":-c"|":--count") :; return ;;
    ":-f"|":--capture-filter") :; return ;;
    ":-i"|":--interface") COMPREPLY=($(compgen -W "any $(ls /sys/class/net 2>/dev/null || ifconfig -l 2>/dev/null)" -- "$current")); return ;;
    ":-r"|":--read") _netwatch_paths -f "$current"; return ;;
    ":-s"|":--snaplen") :; return ;;
    ":-w"|":--write") _netwatch_paths -f "$current"; return ;;
    "console:--by") COMPREPLY=($(compgen -W "packets bytes" -- "$current")); return ;;
    "console:--config") _netwatch_paths -f "$current"; return ;;
    "console:--profile") COMPREPLY=($(compgen -W "balanced quiet lab" -- "$current")); return ;;
    "console:--rules") _netwatch_paths -f "$current"; return ;;
    "console:--user") :; return ;;
    "console:-Y"|"console:--display-filter") :; return ;;
    "console:-a"|"console:--autostop") COMPREPLY=($(compgen -W "duration: packets: filesize: match:" -- "$current")); compopt -o nospace 2>/dev/null; return ;;
    "console:-c"|"console:--count") :; return ;;
    "console:-f"|"console:--capture-filter") :; return ;;
    "console:-i"|"console:--interface") COMPREPLY=($(compgen -W "any $(ls /sys/class/net 2>/dev/null || ifconfig -l 2>/dev/null)" -- "$current")); return ;;
    "console:-r"|"console:--read") _netwatch_paths -f "$current"; return ;;
    "console:-s"|"console:--snaplen") :; return ;;
    "doctor:--bundle") _netwatch_paths -f "$current"; return ;;
    "events:--config") _netwatch_paths -f "$current"; return ;;
    "events:--format") COMPREPLY=($(compgen -W "eve zeek csv" -- "$current")); return ;;
    "events:--profile") COMPREPLY=($(compgen -W "balanced quiet lab" -- "$current")); return ;;
    "events:--rules") _netwatch_paths -f "$current"; return ;;
    "events:--to") _netwatch_paths -f "$current"; return ;;
    "events:--types") COMPREPLY=($(compgen -W "alert flow dns tls quic http arp dhcp ssh smtp ftp stats anomaly packet all" -- "$current")); return ;;
    "events:--user") :; return ;;
    "events:-Y"|"events:--display-filter") :; return ;;
    "events:-a"|"events:--autostop") COMPREPLY=($(compgen -W "duration: packets: filesize: match:" -- "$current")); compopt -o nospace 2>/dev/null; return ;;
    "events:-c"|"events:--count") :; return ;;
    "events:-f"|"events:--capture-filter") :; return ;;
    "events:-i"|"events:--interface") COMPREPLY=($(compgen -W "any $(ls /sys/class/net 2>/dev/null || ifconfig -l 2>/dev/null)" -- "$current")); return ;;
    "events:-r"|"events:--read") _netwatch_paths -f "$current"; return ;;
    "events:-s"|"events:--snaplen") :; return ;;
    "lab arp-check:--log") _netwatch_paths -f "$current"; return ;;
    "lab arp-check:--pause") :; return ;;
    "lab arp-check:--rate") :; return ;;
    "lab arp-check:--timeout") :; return ;;
    "lab arp-check:-i"|"lab arp-check:--interface") COMPREPLY=($(compgen -W "any $(ls /sys/class/net 2>/dev/null || ifconfig -l 2>/dev/null)" -- "$current")); return ;;
    "lab arp-check:-o"|"lab arp-check:--output") _netwatch_paths -f "$current"; return ;;
    "lab arp:--compare") _netwatch_paths -f "$current"; return ;;
    "lab arp:--log") _netwatch_paths -f "$current"; return ;;
    "lab arp:--rate") :; return ;;
    "lab arp:--retries") :; return ;;
    "lab arp:--timeout") :; return ;;
    "lab arp:-i"|"lab arp:--interface") COMPREPLY=($(compgen -W "any $(ls /sys/class/net 2>/dev/null || ifconfig -l 2>/dev/null)" -- "$current")); return ;;
    "lab arp:-o"|"lab arp:--output") _netwatch_paths -f "$current"; return ;;
    "lab check:--engine") COMPREPLY=($(compgen -W "netwatch suricata zeek" -- "$current")); return ;;
    "lab check:--labels") _netwatch_paths -f "$current"; return ;;
    "lab check:--profile") COMPREPLY=($(compgen -W "balanced quiet lab" -- "$current")); return ;;
    "lab check:--rules") _netwatch_paths -f "$current"; return ;;
    "lab check:--saved") _netwatch_paths -f "$current"; return ;;
    "lab check:-o"|"lab check:--output") _netwatch_paths -f "$current"; return ;;
    "lab dns:--log") _netwatch_paths -f "$current"; return ;;
    "lab dns:--port") :; return ;;
    "lab dns:--rate") :; return ;;
    "lab dns:--server") :; return ;;
    "lab dns:--timeout") :; return ;;
    "lab dns:--type") COMPREPLY=($(compgen -W "A AAAA ANY CAA CNAME DNSKEY DS HTTPS MX NS PTR SOA SRV TXT" -- "$current")); return ;;
    "lab dns:-i"|"lab dns:--interface") COMPREPLY=($(compgen -W "any $(ls /sys/class/net 2>/dev/null || ifconfig -l 2>/dev/null)" -- "$current")); return ;;
    "lab dns:-o"|"lab dns:--output") _netwatch_paths -f "$current"; return ;;
    "lab enrich:--host") :; return ;;
    "lab enrich:--log") _netwatch_paths -f "$current"; return ;;
    "lab enrich:--max-hops") :; return ;;
    "lab enrich:--rate") :; return ;;
    "lab enrich:--timeout") :; return ;;
    "lab enrich:-i"|"lab enrich:--interface") COMPREPLY=($(compgen -W "any $(ls /sys/class/net 2>/dev/null || ifconfig -l 2>/dev/null)" -- "$current")); return ;;
    "lab enrich:-o"|"lab enrich:--output") _netwatch_paths -f "$current"; return ;;
    "lab enrich:-p"|"lab enrich:--ports") :; return ;;
    "lab make:--log") _netwatch_paths -f "$current"; return ;;
    "lab make:--network") :; return ;;
    "lab make:--payload") _netwatch_paths -f "$current"; return ;;
    "lab make:--rate") :; return ;;
    "lab make:--seed") :; return ;;
    "lab make:--speed") :; return ;;
    "lab make:-i"|"lab make:--interface") COMPREPLY=($(compgen -W "any $(ls /sys/class/net 2>/dev/null || ifconfig -l 2>/dev/null)" -- "$current")); return ;;
    "lab make:-o"|"lab make:--output") _netwatch_paths -f "$current"; return ;;
    "lab make:-w"|"lab make:--write") _netwatch_paths -f "$current"; return ;;
    "lab namespace:--delay") :; return ;;
    "lab namespace:--loss") :; return ;;
    "lab namespace:--name") :; return ;;
    "lab namespace:-o"|"lab namespace:--output") _netwatch_paths -f "$current"; return ;;
    "lab ping:--interval") :; return ;;
    "lab ping:--log") _netwatch_paths -f "$current"; return ;;
    "lab ping:--rate") :; return ;;
    "lab ping:--size") :; return ;;
    "lab ping:--timeout") :; return ;;
    "lab ping:-c"|"lab ping:--count") :; return ;;
    "lab ping:-i"|"lab ping:--interface") COMPREPLY=($(compgen -W "any $(ls /sys/class/net 2>/dev/null || ifconfig -l 2>/dev/null)" -- "$current")); return ;;
    "lab ping:-o"|"lab ping:--output") _netwatch_paths -f "$current"; return ;;
    "lab replay:--destination-mac") :; return ;;
    "lab replay:--engine") COMPREPLY=($(compgen -W "auto netwatch tcpreplay" -- "$current")); return ;;
    "lab replay:--log") _netwatch_paths -f "$current"; return ;;
    "lab replay:--loop") :; return ;;
    "lab replay:--map") :; return ;;
    "lab replay:--rate") :; return ;;
    "lab replay:--source-mac") :; return ;;
    "lab replay:--speed") :; return ;;
    "lab replay:-i"|"lab replay:--interface") COMPREPLY=($(compgen -W "any $(ls /sys/class/net 2>/dev/null || ifconfig -l 2>/dev/null)" -- "$current")); return ;;
    "lab replay:-o"|"lab replay:--output") _netwatch_paths -f "$current"; return ;;
    "lab scan:--log") _netwatch_paths -f "$current"; return ;;
    "lab scan:--rate") :; return ;;
    "lab scan:--retries") :; return ;;
    "lab scan:--timeout") :; return ;;
    "lab scan:-i"|"lab scan:--interface") COMPREPLY=($(compgen -W "any $(ls /sys/class/net 2>/dev/null || ifconfig -l 2>/dev/null)" -- "$current")); return ;;
    "lab scan:-o"|"lab scan:--output") _netwatch_paths -f "$current"; return ;;
    "lab scan:-p"|"lab scan:--ports") :; return ;;
    "lab send:--hex") _netwatch_paths -f "$current"; return ;;
    "lab send:--interval") :; return ;;
    "lab send:--layer") COMPREPLY=($(compgen -W "2 3" -- "$current")); return ;;
    "lab send:--log") _netwatch_paths -f "$current"; return ;;
    "lab send:--loop") :; return ;;
    "lab send:--rate") :; return ;;
    "lab send:--wait") :; return ;;
    "lab send:-c"|"lab send:--count") :; return ;;
    "lab send:-i"|"lab send:--interface") COMPREPLY=($(compgen -W "any $(ls /sys/class/net 2>/dev/null || ifconfig -l 2>/dev/null)" -- "$current")); return ;;
    "lab send:-o"|"lab send:--output") _netwatch_paths -f "$current"; return ;;
    "lab trace:--log") _netwatch_paths -f "$current"; return ;;
    "lab trace:--max-hops") :; return ;;
    "lab trace:--method") COMPREPLY=($(compgen -W "icmp udp tcp" -- "$current")); return ;;
    "lab trace:--port") :; return ;;
    "lab trace:--queries") :; return ;;
    "lab trace:--rate") :; return ;;
    "lab trace:--timeout") :; return ;;
    "lab trace:-i"|"lab trace:--interface") COMPREPLY=($(compgen -W "any $(ls /sys/class/net 2>/dev/null || ifconfig -l 2>/dev/null)" -- "$current")); return ;;
    "lab trace:-o"|"lab trace:--output") _netwatch_paths -f "$current"; return ;;
    "record:--config") _netwatch_paths -f "$current"; return ;;
    "record:--profile") COMPREPLY=($(compgen -W "balanced quiet lab" -- "$current")); return ;;
    "record:--rules") _netwatch_paths -f "$current"; return ;;
    "record:--user") :; return ;;
    "record:-Y"|"record:--display-filter") :; return ;;
    "record:-a"|"record:--autostop") COMPREPLY=($(compgen -W "duration: packets: filesize: match:" -- "$current")); compopt -o nospace 2>/dev/null; return ;;
    "record:-b"|"record:--ring") COMPREPLY=($(compgen -W "filesize: duration: packets: files:" -- "$current")); compopt -o nospace 2>/dev/null; return ;;
    "record:-c"|"record:--count") :; return ;;
    "record:-f"|"record:--capture-filter") :; return ;;
    "record:-i"|"record:--interface") COMPREPLY=($(compgen -W "any $(ls /sys/class/net 2>/dev/null || ifconfig -l 2>/dev/null)" -- "$current")); return ;;
    "record:-r"|"record:--read") _netwatch_paths -f "$current"; return ;;
    "record:-s"|"record:--snaplen") :; return ;;
    "record:-w"|"record:--write") _netwatch_paths -f "$current"; return ;;
    "report:--baseline") _netwatch_paths -f "$current"; return ;;
    "report:--by") COMPREPLY=($(compgen -W "packets bytes" -- "$current")); return ;;
    "report:--config") _netwatch_paths -f "$current"; return ;;
    "report:--format") COMPREPLY=($(compgen -W "text json csv html" -- "$current")); return ;;
    "report:--profile") COMPREPLY=($(compgen -W "balanced quiet lab" -- "$current")); return ;;
    "report:--rules") _netwatch_paths -f "$current"; return ;;
    "report:--save-baseline") _netwatch_paths -f "$current"; return ;;
    "report:--split") COMPREPLY=($(compgen -W "alerts flows" -- "$current")); return ;;
    "report:--split-to") _netwatch_paths -d "$current"; return ;;
    "report:--streams") _netwatch_paths -d "$current"; return ;;
    "report:--tables") _netwatch_paths -d "$current"; return ;;
    "report:--top") :; return ;;
    "report:--user") :; return ;;
    "report:-Y"|"report:--display-filter") :; return ;;
    "report:-a"|"report:--autostop") COMPREPLY=($(compgen -W "duration: packets: filesize: match:" -- "$current")); compopt -o nospace 2>/dev/null; return ;;
    "report:-c"|"report:--count") :; return ;;
    "report:-f"|"report:--capture-filter") :; return ;;
    "report:-i"|"report:--interface") COMPREPLY=($(compgen -W "any $(ls /sys/class/net 2>/dev/null || ifconfig -l 2>/dev/null)" -- "$current")); return ;;
    "report:-o"|"report:--output") _netwatch_paths -f "$current"; return ;;
    "report:-r"|"report:--read") _netwatch_paths -f "$current"; return ;;
    "report:-s"|"report:--snaplen") :; return ;;
    "rules:--variable") :; return ;;
  esac
  case "$command" in
    "")
      options="-h --help -i --interface -f --capture-filter -Y --display-filter -r --read --follow -c --count -a --autostop -s --snaplen -p --no-promiscuous -n --no-resolve --include-own-session --sandbox --user --rules --profile --config -w --write -b --ring --replay -B --buffer -D --list-interfaces --json --demo --events --record-alerts --history --baseline --with-lab --refresh --low-bandwidth --reduced-motion --theme --redact --print-config --quiet --version"
      words="report events record console lab rules doctor completion"
      files=yes
      ;;
    "report")
      options="-h --help -i --interface -f --capture-filter -Y --display-filter -r --read --follow -c --count -a --autostop -s --snaplen -p --no-promiscuous -n --no-resolve --include-own-session --sandbox --user --rules --profile --config --format --indicators --defang --baseline --save-baseline --tables --split --split-to --streams --top --by -o --output"
      words=""
      files=yes
      ;;
    "events")
      options="-h --help -i --interface -f --capture-filter -Y --display-filter -r --read --follow -c --count -a --autostop -s --snaplen -p --no-promiscuous -n --no-resolve --include-own-session --sandbox --user --rules --profile --config --types --format --to"
      words=""
      files=yes
      ;;
    "record")
      options="-h --help -i --interface -f --capture-filter -Y --display-filter -r --read --follow -c --count -a --autostop -s --snaplen -p --no-promiscuous -n --no-resolve --include-own-session --sandbox --user --rules --profile --config -w --write -b --ring"
      words=""
      files=yes
      ;;
    "console")
      options="-h --help -i --interface -f --capture-filter -Y --display-filter -r --read --follow -c --count -a --autostop -s --snaplen -p --no-promiscuous -n --no-resolve --include-own-session --sandbox --user --rules --profile --config --by"
      words=""
      files=yes
      ;;
    "lab")
      options="-h --help"
      words="arp arp-check check dns enrich make namespace ping replay scan send trace"
      ;;
    "lab arp")
      options="-h --help --timeout --retries --compare --json --csv -o --output -q --quiet -i --interface --rate --dry-run --i-am-authorised --log"
      words=""
      files=yes
      ;;
    "lab arp-check")
      options="-h --help --timeout --pause --json --csv -o --output -q --quiet -i --interface --rate --dry-run --i-am-authorised --log"
      words=""
      ;;
    "lab check")
      options="-h --help --labels --saved --engine --rules --profile --json --csv -o --output -q --quiet"
      words=""
      files=yes
      ;;
    "lab dns")
      options="-h --help --server --type --port --tcp --no-recursion --dnssec --timeout --json --csv -o --output -q --quiet -i --interface --rate --dry-run --i-am-authorised --log"
      words=""
      ;;
    "lab enrich")
      options="-h --help --host -p --ports --timeout --max-hops -n --no-resolve --yes --json --csv -o --output -q --quiet -i --interface --rate --dry-run --i-am-authorised --log"
      words=""
      files=yes
      ;;
    "lab make")
      options="-h --help -w --write --seed --network --payload --send --speed --json --csv -o --output -q --quiet -i --interface --rate --dry-run --i-am-authorised --log"
      words="list all scan-syn scan-connect scan-null scan-fin scan-xmas scan-maimon scan-ack scan-udp scan-horizontal scan-block sweep-icmp sweep-arp syn-demo arp-spoof dns-exfil dns-tunnel dga http-attacks http-scanner beacon brute-force cleartext benign-browsing benign-names benign-lease benign-requests benign-regular"
      ;;
    "lab namespace")
      options="-h --help --name --loss --delay --dry-run --json --csv -o --output -q --quiet"
      words="up down"
      ;;
    "lab ping")
      options="-h --help -c --count --interval --timeout --size --json --csv -o --output -q --quiet -i --interface --rate --dry-run --i-am-authorised --log"
      words=""
      files=yes
      ;;
    "lab replay")
      options="-h --help --speed --rate --loop --map --engine --source-mac --destination-mac --json --csv -o --output -q --quiet -i --interface --dry-run --i-am-authorised --log"
      words=""
      files=yes
      ;;
    "lab scan")
      options="-h --help -p --ports --timeout --retries --banner --all --json --csv -o --output -q --quiet -i --interface --rate --dry-run --i-am-authorised --log"
      words=""
      files=yes
      ;;
    "lab send")
      options="-h --help --hex --layer -c --count --interval --wait --loop --json --csv -o --output -q --quiet -i --interface --rate --dry-run --i-am-authorised --log"
      words=""
      ;;
    "lab trace")
      options="-h --help --method --port --max-hops --queries --timeout --json --csv -o --output -q --quiet -i --interface --rate --dry-run --i-am-authorised --log"
      words=""
      files=yes
      ;;
    "rules")
      options="-h --help --variable --all"
      words="check"
      files=yes
      ;;
    "doctor")
      options="-h --help --bundle"
      words=""
      ;;
    "completion")
      options="-h --help"
      words="bash zsh fish man"
      ;;
  esac
  if [[ "$current" == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$current"))
  else
    COMPREPLY=($(compgen -W "$words" -- "$current"))
    [[ "$files" ]] && _netwatch_paths -f "$current"
  fi
}
complete -o filenames -F _netwatch netwatch
