// SPDX-License-Identifier: Apache-2.0

package oracle

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"vipward/conf"
)

// anything is what people write behind a keyword by mistake, and sometimes not by mistake.
var anything = []string{
	"0", "1", "-1", "5", "100", "255", "256", "65535", "65536", "4294967295", "4294967296", "99999999999999999999",
	"1.5", "0.5", "0.0000001", "1.", ".5", "1,5", "1s", "0x10", "010", "+5", "1e3", "5 6 7",
	"abc", "on", "off", "yes", "no", "true", "false", "TRUE", "none", `"a b"`, `""`, `"5"`, "'5'", "a=b", "-",
	"10.0.0.5", "10.0.0.5/24", "10.0.0.256", "10.0.0", "2001:db8::5", "fe80::1", "224.0.0.20", "ff02::20", "10.0.0.5 80", "10.0.0.5 http",
	"eth0", "eth1", "eth9", "root", "root root", "nosuchuser", "/etc/hostname", "/nonexistent/file", "relative/file", "/tmp",
	`"/usr/bin/env true"`, "/usr/bin/env", "/usr/bin/env root", "/usr/bin/env nosuchuser", "MASTER", "TCP", "all", "reverse", "5 reverse", "eth0 weight 5",
	"a_name_that_is_a_good_deal_longer_than_any_name_needs_to_be",
}

// samples are good values of keywords whose kind does not say enough.
var samples = map[string][]string{
	"use_vmac":           {"", "vrrp.51", "vrrp.51 eth0"},
	"lvs_sync_daemon":    {"eth0", "eth0 VI_1", "eth0 inst VI_1 id 5", "eth0 id 5 maxlen 1400 port 8849 ttl 3"},
	"lvs_timeouts":       {"tcp 900", "tcp 900 tcpfin 120 udp 300", "udp 0"},
	"include_check":      {"", "read", "+read -match"},
	"umask":              {"022", "0x1f", "IRWXO", "IRGRP|IWGRP"},
	"status_code":        {"200", "200 204", "200-299", "200-204 301"},
	"digest":             {"9b3a0c85a887a256d6939da88aabd8cd"},
	"regex":              {`"ok"`, `ok`, `"a\\.b"`},
	"payload":            {"0123456789abcdef"},
	"require_reply":      {"", "0123", "01XX"},
	"type":               {"A", "MX", "SOA", "TXT", "CNAME"},
	"name":               {"example.com", "bfd1"},
	"protocol":           {"TCP", "UDP", "SCTP"},
	"lvs_method":         {"NAT", "DR", "TUN"},
	"lb_kind":            {"NAT", "DR", "TUN", "TUN type gue port 6080"},
	"vrrp_version":       {"2", "3"},
	"version":            {"2", "3"},
	"http_protocol":      {"1.0", "1.1", "1.0C"},
	"init_file":          {"", "5", "overwrite", "5 overwrite"},
	"track_file":         {"tf"},
	"group":              {"G1"},
	"vrrp_cpu_affinity":  {"0", "0 1"},
	"notify_fifo":        {"/run/x.fifo", "/run/x.fifo root"},
	"mcast_dst_ip":       {"224.0.0.18", "239.1.2.3"},
	"vrrp_mcast_group4":  {"224.0.0.18", "239.1.2.3"},
	"vrrp_mcast_group6":  {"ff02::12"},
	"mcast_src_ip":       {"10.0.0.1"},
	"unicast_src_ip":     {"10.0.0.1"},
	"auth_type":          {"PASS", "AH", "none"},
	"auth_pass":          {"secret", "longerthan8"},
	"sorry_server":       {"10.0.2.8 80", "10.0.2.8", "2001:db8::8 80"},
	"regex_stack":        {"100 2000"},
	"persistence_engine": {"sip"},
}

// lists are the lines of value blocks, good and bad.
var lists = map[string][]string{
	"virtual_ipaddress": {
		"10.0.0.101", "10.0.0.102/24", "10.0.0.103/24 dev eth1", "10.0.0.104/24 dev eth0 label eth0:1", "10.0.0.105/24 brd +", "10.0.0.106/24 brd 10.0.0.255 scope link",
		"10.0.0.107 peer 10.0.0.108", "2001:db8::9/64", "10.0.0.300", "10.0.0.109/33", "10.0.0.110/24 dev eth9", "10.0.0.111/24 label a_label_too_long_for_it", "10.0.0.112/24 bogus",
		"10.0.0.113/24 dev", "10.0.0.114/24 scope nowhere", "10.0.0.115/24 no_track", "10.0.0.116/24 home noprefixroute", "10.0.0.117/24 scope bad", "10.0.0.101 dev eth0", "text",
	},
	"virtual_routes": {
		"192.168.5.0/24 via 10.0.0.254 dev eth0", "default via 10.0.0.254", "192.168.6.0/24 dev eth1 metric 5 scope link", "blackhole 192.168.7.0/24", "unreachable default",
		"src 10.0.0.100 to 192.168.8.0/24 via 10.0.0.254 dev eth0 table 100", "192.168.9.0/24 gw 10.0.0.254 dev eth0", "2001:db8:5::/48 via 2001:db8::1 dev eth0", "192.168.5.0/33 dev eth0",
		"192.168.5.0/24 dev eth9", "via 10.0.0.254", "192.168.5.0/24 bogus", "192.168.5.0/24 via", "192.168.5.0/24 via 10.0.0.256 dev eth0", "192.168.5.0/24 dev eth0 mtu lock 1400 advmss 1360",
		"192.168.5.0/24 nexthop via 10.0.0.254 dev eth0 weight 1 nexthop via 10.0.0.253 dev eth0 weight 2", "192.168.5.0/24 dev eth0 no_track", "192.168.5.0/24 dev eth0 table main metric x",
		"192.168.5.0/24 via 10.0.0.254 or 10.0.0.253 dev eth0", "192.168.5.0/24 dev eth0 protocol static", "192.168.5.0/24 dev eth0 tos 0x10 rtt 100ms initcwnd 10",
	},
	"virtual_rules": {
		"from 192.168.5.0/24 table 100 priority 100", "from 192.168.5.0/24 table 100", "to 192.168.5.0/24 lookup main preference 200", "fwmark 5/0xff table 5 priority 5", "iif eth0 table 7 priority 9 no_track",
		"from 192.168.5.0/33 table 5 priority 5", "from 192.168.5.0/24", "from 10.0.0.0/8 table 0 priority 5", "blackhole priority 5 from 10.0.0.0/8", "from 10.0.0.0/8 goto 50 priority 5", "from 10.0.0.0/8 bogus",
		"from 2001:db8::/32 table 5 priority 5", "not from 10.0.0.0/8 table 5 priority 5", "dev eth9 table 5 priority 5", "from 10.0.0.0/8 table 5 priority 5 uidrange 0-5 ipproto tcp sport 1-5",
	},
	"unicast_peer":        {"10.0.0.2", "10.0.0.3 min_ttl 250 max_ttl 255", "10.0.0.256", "2001:db8::2", "10.0.0.2 bogus", "10.0.0.4 min_ttl", "10.0.0.5 min_ttl 256", "10.0.0.1", "peer"},
	"track_interface":     {"eth0", "eth1", "eth1 weight 5", "eth1 weight -253", "eth1 weight 254", "eth1 weight 255", "eth1 weight 5 reverse", "eth9", "eth1 bogus", "eth1 weight", "eth1 weight x"},
	"track_script":        {"chk", "chk weight 5", "chk weight -253", "chk weight 254", "chk weight 300", "chk weight 5 reverse", "chk weight 5 bogus", "nosuch", "chk weight", "chk reverse", "chk 5"},
	"track_file":          {"tf", "tf weight 5", "tf weight 255", "tf weight 300", "tf weight 1 reverse", "nosuch"},
	"track_process":       {"proc", "proc weight 5", "proc weight -254", "proc weight 300", "nosuch"},
	"track_bfd":           {"bfd1", "bfd1 weight 5", "bfd1 weight 300", "nosuch"},
	"group":               {"VI_8", "VI_9", "VI_8 VI_9", "nosuch", "VI_8 VI_8"},
	"notification_email":  {"a@example.com", "a@example.com b@example.com", `"quoted@example.com"`},
	"interfaces":          {"eth0", "eth1", "eth0 eth1", "eth9"},
	"linkbeat_interfaces": {"eth0", "eth0 MII", "eth1 ETHTOOL", "eth0 IOCTL", "eth0 bogus", "eth9", "eth0 MII MII"},
	"virtual_server_group": {
		"10.0.1.7 80", "10.0.1.7-9 80", "10.0.1.9-7 80", "10.0.1.7-300 80", "fwmark 5", "fwmark x", "fwmark 6 inet6", "10.0.1.8", "10.0.1.16/28 80", "10.0.1.17/28 80", "10.0.1.7 70000", "2001:db8::7 80", "2001:db8::7-9 80", "bogus",
		"10.0.1.7-10.0.1.9 80",
	},
	"interface_up_down_delays": {"eth0 5", "eth0 5 6", "eth9 5", "eth0 x", "eth0 300"},
}

// sameList says which value blocks hold the same kind of lines.
var sameList = map[string]string{
	"virtual_ipaddress_excluded": "virtual_ipaddress", "static_ipaddress": "virtual_ipaddress",
	"static_routes": "virtual_routes", "static_rules": "virtual_rules",
}

// list gives the lines that may stand in a value block.
func list(keyword string) []string {
	if other, ok := sameList[keyword]; ok {
		keyword = other
	}
	return lists[keyword]
}

// good gives a value that is right, as far as the tables and samples know.
func (g *Generator) good(k *conf.Keyword) string {
	switch {
	case len(samples[k.Name]) > 0:
		return pick(g, samples[k.Name])
	case len(k.Words) > 0:
		return pick(g, k.Words)
	case k.Lo != k.Hi:
		return number(k.Lo + float64(g.rng.IntN(10))/9*(min(k.Hi, k.Lo+1000)-k.Lo))
	}
	for _, word := range slices.Sorted(maps.Keys(kinds)) {
		if strings.Contains(k.Kind, word) {
			return pick(g, kinds[word])
		}
	}
	return ""
}

// edge gives a value at an edge of the range, or just behind it.
func (g *Generator) edge(k *conf.Keyword) string {
	if k.Lo == k.Hi {
		return pick(g, anything)
	}
	return pick(g, []string{number(k.Lo), number(k.Hi), number(k.Lo - 1), number(k.Hi + 1), number(k.Hi * 2), "0"})
}

func number(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// kinds are good values by a word in the description of the kind.
var kinds = map[string][]string{
	"BOOL":   {"", "on", "off", "true", "no"},
	"ADDR":   {"10.0.0.1", "10.0.0.2"},
	"HOST":   {"10.0.0.25", "10.0.0.25 25"},
	"STRING": {"text", `"some text"`},
	"SCRIPT": {`"/usr/bin/env true"`, `"/usr/bin/env true" root`, "/usr/bin/env"},
	"USER":   {"root", "root root"},
	"NUMBER": {"5"},
	"SECOND": {"5", "1.5"},
	"NAME":   {"name"},
	"PATH":   {"/run/some.file"},
	"FILE":   {"/run/some.file"},
	"INTERF": {"eth0", "eth1"},
	"IF":     {"eth0", "eth1"},
}
