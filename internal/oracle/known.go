// SPDX-License-Identifier: Apache-2.0

package oracle

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"

	"vipward/conf"
)

// difference is one that is meant, or a mistake of the keepalived at hand.
type difference struct {
	text         *regexp.Regexp // of the configuration; nil: any
	theirs, ours *regexp.Regexp // of a message; nil: any
	why          string
}

// complaint is a message of ours that counts.
const complaint = `^FILE:\S+ (warning|error|fatal): `

// differences are all that are known. Those that are meant stand in
// docs/compatibility.md as well.
var differences = []difference{
	{
		text: regexp.MustCompile(`""`), ours: regexp.MustCompile(complaint),
		why: "an empty string is a mistake; keepalived takes it for 0, or for nothing",
	},
	{
		ours: regexp.MustCompile(` is outside .* to 9223372036 seconds`),
		why:  "no timer is longer than 292 years",
	},
	{
		ours: regexp.MustCompile(`\[missing-brace\]`),
		why:  "a block keyword at the end of the text without its block is a mistake",
	},
	{
		theirs: regexp.MustCompile(`iptables not supported|Unknown keyword 'vrrp_ipsets'`),
		why:    "Debian builds keepalived without iptables",
	},
	{
		ours: regexp.MustCompile(complaint + `.*address \S+ is listed twice`),
		why:  "keepalived complains of an address that is listed twice since 2.4",
	},
	{
		theirs: regexp.MustCompile(`cannot track (route|rule) `),
		why:    "keepalived tracks routes without an interface since 2.4",
	},
	{
		ours: regexp.MustCompile(complaint + `vrrp_(strict|skip_check_adv_addr): "\S*" is neither on nor off`),
		why:  "2.2.7 ignores what stands behind these words",
	},
	{
		theirs: regexp.MustCompile(`Invalid smtp server`),
		why:    "names are not looked up in the DNS",
	},
	{
		theirs: regexp.MustCompile(`Invalid cpu_id`),
		why:    "the number of processors is not looked at",
	},
	{
		theirs: regexp.MustCompile(`invalid number '\d+\.\d+'`), text: regexp.MustCompile(`(interval|timeout) \d+\.\d`),
		why: "2.2.7 stumbles over some fractions",
	},
	{
		theirs: regexp.MustCompile(`Interface name '.*' too long`), ours: regexp.MustCompile(`does not exist \[interface-missing\]`),
		why: "a name that no interface can have is an interface that does not exist",
	},
	{
		text: regexp.MustCompile(`net_namespace`),
		why:  "keepalived passes everything when the namespace does not exist",
	},
	{
		theirs: regexp.MustCompile(`SECURITY VIOLATION|doesn't exist`), ours: regexp.MustCompile(`^FILE:\S+ fatal: `),
		why: "the machine is not looked at for a configuration that cannot run",
	},
	{
		theirs: regexp.MustCompile(`vrrp process real-time priority 0 less than minimum`), text: regexp.MustCompile(`vrrp_rt_priority\s+0`),
		why: "vrrp_rt_priority 0 turns real-time scheduling off",
	},
	{
		ours: regexp.MustCompile(`cannot be the name of an interface`),
		why:  "2.2.7 takes some names of an ipvlan that no interface can have",
	},
	{
		ours: regexp.MustCompile(`rt\S+ \S+ is less than 200 ms`),
		why:  "2.4.3 names the least time of a route, 2.2.7 does not",
	},
	{
		theirs: regexp.MustCompile(`already exists and is not a private macvlan`),
		why:    "the links that are there are looked at when the daemon starts",
	},
	{
		theirs: regexp.MustCompile(`config_save_dir .* is not a directory|Cannot initialise track file`),
		why:    "files that would be written are not looked at",
	},
}

// broken are our messages about the structure of the text.
var broken = regexp.MustCompile(`\[(brace|missing-brace|quote)\]|all of its block is ignored|Unknown keyword '[^']*' at the top level`)

// known gives the reason for which two verdicts may differ, or nothing.
func known(text string, theirs, ours Verdict) string {
	if theirs.Exit != 0 && ours.Exit != 0 && slices.ContainsFunc(ours.Lines, broken.MatchString) {
		return "both complain of the structure; what follows from it is another thing"
	}
	for _, d := range differences {
		if match(d.text, []string{text}) && match(d.theirs, theirs.Lines) && match(d.ours, ours.Lines) {
			return d.why
		}
	}
	return ""
}

func match(re *regexp.Regexp, lines []string) bool {
	return re == nil || slices.ContainsFunc(lines, re.MatchString)
}

// Rows are the keywords that the keepalived at hand, 2.2.7, has.
func Rows() []conf.Keyword {
	var out []conf.Keyword
	for _, k := range conf.Keywords() {
		if !younger(k.Since) {
			out = append(out, k)
		}
	}
	return out
}

// younger says whether a version comes after 2.2.7, or is not keepalived's.
func younger(version string) bool {
	if version == "vipward" {
		return true
	}
	var major, minor, patch int
	if n, err := fmt.Sscanf(strings.TrimPrefix(version, "v"), "%d.%d.%d", &major, &minor, &patch); n < 3 || err != nil {
		return false
	}
	return major > 2 || major == 2 && (minor > 2 || minor == 2 && patch > 7)
}

// tally counts outcomes.
type tally struct {
	mu sync.Mutex // guards n
	n  map[string]int
}

func (t *tally) add(what string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.n == nil {
		t.n = map[string]int{}
	}
	t.n[what]++
}

func (t *tally) count(what string) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.n[what]
}

// String gives one line for each outcome.
func (t *tally) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var b strings.Builder
	for _, what := range slices.Sorted(maps.Keys(t.n)) {
		fmt.Fprintf(&b, "%6d %s\n", t.n[what], what)
	}
	return b.String()
}
