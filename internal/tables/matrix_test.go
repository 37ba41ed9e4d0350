// SPDX-License-Identifier: Apache-2.0

package tables

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
)

// A dimension of the matrix is something that a configuration has in one of some ways.
const (
	byForm = iota
	byProtocol
	byScheduler
	byPersistence
	byMethod
	byOwnMethod
	byWeights
	byThresholds
	bySorry
	byQuorum
	byAlpha
	byInhibit
	byCheck
	byReload
	dimensions
)

// ways are the ways of each dimension.
var ways = [dimensions][]string{
	byForm: {
		"address", "address6", "address without port", "fwmark", "fwmark6",
		"group of addresses", "group of a range", "group with a mark", "group6 of a range", "group of both families",
	},
	byProtocol: {"TCP", "UDP", "SCTP"},
	byScheduler: {
		"rr", "wrr", "lc", "wlc", "lblc", "lblcr", "dh", "sh", "sh sh-port", "sh sh-fallback", "sh sh-port sh-fallback",
		"mh", "mh mh-port mh-fallback", "sed", "nq", "fo", "ovf", "rr flag-1", "wrr flag-2 flag-3", "rr ops",
	},
	byPersistence: {"none", "default time", "77 s", "granularity", "300 s with granularity"},
	byMethod:      {"NAT", "DR", "TUN", "TUN type ipip", "TUN type gre csum", "TUN type gue port 6080 remcsum"},
	byOwnMethod:   {"none", "NAT", "DR", "TUN type gue port 6081 nocsum"},
	byWeights:     {"1 1 1", "1 2 3", "10 1 1", "5 0 5", "65535 2147483647 1"},
	byThresholds:  {"none", "100 20", "7 0"},
	bySorry:       {"none", "plain", "inhibit", "own method", "other port"},
	byQuorum:      {"default", "2", "2 hysteresis 1", "3 hysteresis 2", "too big"},
	byAlpha:       {"no", "service", "server"},
	byInhibit:     {"no", "yes"},
	byCheck:       {"TCP", "HTTP", "SSL", "SMTP", "DNS", "UDP", "MISC", "MISC dynamic", "FILE", "FILE weight", "two"},
	byReload:      {"weights", "scheduler", "method", "persistence", "server set", "quorum"},
}

// row is one configuration of the matrix: which way it has of each dimension.
type row [dimensions]string

// pair is two ways that a configuration has together.
type pair struct {
	a, b     int
	one, two string
}

func (r row) pairs() []pair {
	var out []pair
	for a := range dimensions {
		for b := a + 1; b < dimensions; b++ {
			out = append(out, pair{a, b, r[a], r[b]})
		}
	}
	return out
}

// matrix gives n configurations that hold as many pairs of ways as a greedy choice can: the
// same ones at every run.
func matrix(n int) (list []row, covered, all int) {
	random := rand.New(rand.NewPCG(5, 17)) //nolint:gosec // the same rows at every run
	seen := map[pair]bool{}
	for range n {
		var best row
		most := -1
		for range 150 {
			var r row
			for d := range dimensions {
				r[d] = ways[d][random.IntN(len(ways[d]))]
			}
			r = r.possible()
			fresh := 0
			for _, p := range r.pairs() {
				if !seen[p] {
					fresh++
				}
			}
			if fresh > most {
				best, most = r, fresh
			}
		}
		for _, p := range best.pairs() {
			seen[p] = true
		}
		list = append(list, best)
	}
	for a := range dimensions {
		for b := a + 1; b < dimensions; b++ {
			all += len(ways[a]) * len(ways[b])
		}
	}
	return list, len(seen), all
}

func (r row) six() bool    { return strings.Contains(r[byForm], "6") }
func (r row) mark() bool   { return strings.HasPrefix(r[byForm], "fwmark") }
func (r row) tunnel() bool { return strings.HasPrefix(r[byMethod], "TUN") }

// possible replaces ways that exclude each other, which keepalived would refuse or correct.
func (r row) possible() row {
	if r[byForm] == "group of both families" {
		if !r.tunnel() {
			r[byMethod] = "TUN"
		}
		if r[byOwnMethod] == "NAT" || r[byOwnMethod] == "DR" {
			r[byOwnMethod] = "none"
		}
		if r[bySorry] == "own method" {
			r[bySorry] = "plain"
		}
		if r[byReload] == "method" {
			r[byReload] = "weights"
		}
	}
	if r[byReload] == "method" && r[bySorry] == "inhibit" {
		r[bySorry] = "plain" // keepalived leaves a waiting sorry server with the old method
	}
	if r[byScheduler] == "rr ops" {
		r[byProtocol] = "UDP"
	}
	if r[bySorry] == "other port" && (r.mark() || r[byForm] == "group with a mark") {
		r[bySorry] = "plain" // there a method decides whether a port may be there
	}
	if strings.HasPrefix(r[byForm], "group") && strings.Contains(r[byPersistence], "granularity") {
		r[byPersistence] = "77 s" // 2.2.7 leaves the mask out
	}
	return r
}

// fault tells at which step a fault of keepalived 2.2.7 shows, and what it is; the steps before
// are equal.
func (r row) fault() (step, what string) {
	switch {
	case r[byCheck] == "MISC dynamic":
		return "reload", "a server that failed and returned has weight 0 after any reload"
	case r[byForm] == "group of addresses" && r[byReload] == "method":
		return "reload", "servers keep an entry by the old method where its port was another one"
	}
	return "", ""
}

// String names a row by what is not plain in it.
func (r row) String() string {
	var out []string
	for d, way := range r {
		if way != ways[d][0] || d == byForm || d == byCheck || d == byReload {
			out = append(out, short[d]+way)
		}
	}
	return strings.Join(out, ", ")
}

var short = [dimensions]string{
	byOwnMethod: "a server by ", byWeights: "weights ", byThresholds: "thresholds ", bySorry: "sorry server ", byPersistence: "persistent ",
	byQuorum: "quorum ", byAlpha: "alpha by ", byInhibit: "inhibit ", byCheck: "check ", byReload: "reload ",
}

// slot is a place in a file, from 1 on: it says which addresses a configuration has for its own.
type slot int

// slots is how many configurations a file holds.
const slots = 6

// server gives the address of real server n from 1 on; server 99 is the sorry server.
func (r row) server(at slot, n int) string {
	if r.six() || r[byForm] == "group of both families" && n == 2 {
		return server6(at, n)
	}
	return fmt.Sprintf("127.0.%d.%d", at, 10+n)
}

func server6(at slot, n int) string { return fmt.Sprintf("fd00:%d::%d", at, 10+n) }

// servers is how many servers a configuration has; one of them comes with the reload.
const servers = 4

// config is the row as a configuration; the files that checks look at are in dir.
func (r row) config(dir string, at slot, reloaded bool) string {
	var b strings.Builder
	if strings.HasPrefix(r[byCheck], "FILE") {
		for n := 1; n <= servers; n++ {
			fmt.Fprintf(&b, "track_file rs%d_%d {\n  file %s/rs%d_%d\n}\n", at, n, dir, at, n)
		}
	}
	if reloaded {
		r = r.changed()
	}
	head, group := r.head(at)
	b.WriteString(group)
	fmt.Fprintf(&b, "virtual_server %s {\n  delay_loop 1\n  warmup 0\n", head)
	r.options(&b, at)
	for n := 1; n <= servers-1; n++ {
		k := n
		if reloaded && r[byReload] == "server set" && n == 3 {
			k = servers
		}
		r.realServer(&b, dir, at, k)
	}
	b.WriteString("}\n")
	return b.String()
}

// changed is the row with the options of a reload.
func (r row) changed() row {
	switch r[byReload] {
	case "weights":
		r[byWeights] = map[bool]string{true: "4 4 4", false: "9 8 7"}[r[byWeights] == "1 1 1"]
	case "scheduler":
		r[byScheduler] = map[bool]string{true: "wlc", false: "rr"}[r[byScheduler] == "rr"]
	case "method":
		r[byMethod] = map[bool]string{true: "NAT", false: "DR"}[r[byMethod] == "DR"]
		r[byOwnMethod] = "none"
	case "persistence":
		r[byPersistence] = "99 s"
	case "quorum":
		r[byQuorum] = map[bool]string{true: "2", false: "default"}[r[byQuorum] == "default"]
	}
	return r
}

// head is what follows virtual_server, and the group that it names.
func (r row) head(at slot) (head, group string) {
	entries := map[string]string{
		"group of addresses":     "10.9.%[1]d.2 80\n  10.9.%[1]d.3 8080",
		"group of a range":       "10.9.%[1]d.4-6 80",
		"group with a mark":      "10.9.%[1]d.7 80\n  fwmark 9%[1]d",
		"group6 of a range":      "fd00:%[1]d::9:10-12 80",
		"group of both families": "10.9.%[1]d.8 80\n  fd00:%[1]d::9:1 80",
	}[r[byForm]]
	if entries != "" {
		entries = fmt.Sprintf(entries, at)
		return fmt.Sprintf("group G%d", at), fmt.Sprintf("virtual_server_group G%d {\n  %s\n}\n", at, entries)
	}
	return fmt.Sprintf(map[string]string{
		"address":              "10.9.%[1]d.1 80",
		"address6":             "fd00:%[1]d::9:0 80",
		"address without port": "10.9.%[1]d.1",
		"fwmark":               "fwmark 7%[1]d",
		"fwmark6":              "fwmark 8%[1]d inet6",
	}[r[byForm]], at), ""
}

var ofSlot = regexp.MustCompile(`^-\S+ (?:-f [789]|-\S+ 10\.9\.|-\S+ \[fd00:)(\d)`)

// slotOf finds the configuration that a line of ipvsadm -S belongs to.
func slotOf(line string) slot {
	m := ofSlot.FindStringSubmatch(line)
	if m == nil {
		return -1
	}
	n, _ := strconv.Atoi(m[1]) // a digit
	return slot(n)
}

// options writes what stands in the virtual server before its real servers.
func (r row) options(b *strings.Builder, at slot) {
	line := func(format string, args ...any) { fmt.Fprintf(b, "  "+format+"\n", args...) }
	if !r.mark() {
		line("protocol %s", r[byProtocol])
	}
	words := strings.Fields(r[byScheduler])
	line("lvs_sched %s", words[0])
	for _, flag := range words[1:] {
		line("%s", flag)
	}
	line("lvs_method %s", r[byMethod])
	mask := map[bool]string{true: "64", false: "255.255.255.0"}[r.six()]
	if r[byForm] == "group of both families" {
		mask = "" // a mask has a family
	}
	switch r[byPersistence] {
	case "default time":
		line("persistence_timeout")
	case "77 s", "99 s":
		line("persistence_timeout %s", r[byPersistence][:2])
	case "300 s with granularity":
		line("persistence_timeout 300")
		fallthrough
	case "granularity":
		if mask != "" {
			line("persistence_granularity %s", mask)
		}
	}
	r.pool(line, at)
}

// pool writes the options of the pool.
func (r row) pool(line func(string, ...any), at slot) {
	sorry := r.server(at, 89)
	port := map[bool]string{true: "", false: " 80"}[r.mark()]
	switch r[bySorry] {
	case "plain", "inhibit", "own method":
		line("sorry_server %s%s", sorry, port)
	case "other port":
		line("sorry_server %s 8081", sorry)
	}
	switch r[bySorry] {
	case "inhibit":
		line("sorry_server_inhibit")
	case "own method":
		line("sorry_server_lvs_method DR")
	}
	if q := r[byQuorum]; q == "too big" {
		line("quorum 2147483648")
	} else if q != "default" {
		number, hysteresis, _ := strings.Cut(q, " hysteresis ")
		line("quorum %s", number)
		if hysteresis != "" {
			line("hysteresis %s", hysteresis)
		}
	}
	if r[byAlpha] == "service" {
		line("alpha")
	}
	if r[byInhibit] == "yes" {
		line("inhibit_on_failure")
	}
}

// realServer writes real server n.
func (r row) realServer(b *strings.Builder, dir string, at slot, n int) {
	port := map[bool]string{true: "", false: " 80"}[r.mark()]
	weights := strings.Fields(r[byWeights])
	fmt.Fprintf(b, "  real_server %s%s {\n    weight %s\n", r.server(at, n), port, weights[(n-1)%len(weights)])
	if u, l, ok := strings.Cut(r[byThresholds], " "); ok && n == 1 {
		fmt.Fprintf(b, "    uthreshold %s\n    lthreshold %s\n", u, l)
	}
	if n == 2 && r[byOwnMethod] != "none" {
		fmt.Fprintf(b, "    lvs_method %s\n", r[byOwnMethod])
	}
	if n == 2 && r[byAlpha] == "server" {
		b.WriteString("    alpha\n")
	}
	r.checks(b, dir, at, n)
	b.WriteString("  }\n")
}

// checks writes the checkers of real server n.
func (r row) checks(b *strings.Builder, dir string, at slot, n int) {
	common := "      warmup 0\n      connect_port 80\n      connect_timeout 8\n      retry 0\n"
	misc := fmt.Sprintf("MISC_CHECK {\n      misc_path \"%s/check %s/rs%d_%d\"\n      misc_timeout 20\n      warmup 0\n", dir, dir, at, n)
	url := "      url {\n        path /\n      }\n"
	text := map[string]string{
		"TCP":          "TCP_CHECK {\n" + common,
		"HTTP":         "HTTP_GET {\n" + common + url,
		"SSL":          "SSL_GET {\n" + common + url,
		"SMTP":         "SMTP_CHECK {\n" + common,
		"DNS":          "DNS_CHECK {\n" + common + "      type A\n      name example.com\n",
		"UDP":          "UDP_CHECK {\n" + common + "      require_reply\n",
		"MISC":         misc,
		"MISC dynamic": misc + "      misc_dynamic\n",
		"FILE":         fmt.Sprintf("FILE_CHECK {\n      track_file rs%d_%d\n      weight 0\n", at, n),
		"FILE weight":  fmt.Sprintf("FILE_CHECK {\n      track_file rs%d_%d\n      weight -3\n", at, n),
	}
	kinds := []string{r[byCheck]}
	if r[byCheck] == "two" {
		kinds = []string{"TCP", "MISC"}
	}
	for _, kind := range kinds {
		b.WriteString("    " + text[kind] + "    }\n")
	}
}
