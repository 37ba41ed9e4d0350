// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"maps"
	"slices"
)

// CodeInfo is what the reference pages say of a diagnostic code.
type CodeInfo struct {
	ID  string
	Doc string // one line
}

// Codes gives all diagnostic codes, sorted.
func Codes() []CodeInfo {
	var out []CodeInfo
	for _, id := range slices.Sorted(maps.Keys(codeDocs)) {
		out = append(out, CodeInfo{ID: id, Doc: codeDocs[id]})
	}
	return out
}

// codeDocs says what each code means; a test compares it with the codes that there are.
var codeDocs = map[string]string{
	"address":              "what stands here is no IP address or network",
	"address-family":       "IPv4 and IPv6 meet where only one of them can be",
	"address-owner":        "priority 255: the addresses belong to this host",
	"adjusted":             "a value was changed to what the protocol can express",
	"argument-lost":        "words behind a command that are no part of it",
	"brace":                "a brace too many, too few, or in the wrong place",
	"condition":            "a line that is for a certain host and has nothing on it",
	"conflict":             "two settings that exclude each other",
	"definition":           "a definition that goes on where there is nothing more",
	"default":              "a setting that is better written down: its default surprises",
	"deprecated":           "a keyword or form that keepalived gives up",
	"dropped":              "a block without what it needs; it is left out",
	"duplicate":            "said twice where once counts",
	"encoding":             "bytes that are no UTF-8",
	"expansion":            "parameters or sequences that make more text than there can be",
	"extra-argument":       "words behind a keyword that mean nothing",
	"file-missing":         "the configuration file cannot be read",
	"include":              "an include that had to match or to be readable, and is not",
	"include-loop":         "a file that includes itself, directly or not",
	"include-skipped":      "an included file that is passed over, as keepalived does",
	"interface-missing":    "an interface that this machine has not got",
	"interface-unsuitable": "an interface that cannot carry VRRP",
	"long-line":            "a line that keepalived would cut",
	"mail-incomplete":      "alerts are asked for, but what is needed to mail them is missing",
	"missing-argument":     "a keyword without its value; nothing can stand in for it",
	"missing-brace":        "a block keyword without its {",
	"multiple-files":       "the name of the configuration matches several files",
	"more":                 "there is more to say than anyone would read",
	"name-missing":         "a name of a routing table, protocol or the like is in none of iproute2's tables",
	"no-effect":            "accepted, and nothing depends on it",
	"advert-full":          "more addresses than fit into an advert on the interface",
	"no-multicast":         "an interface without multicast, and no unicast_peer",
	"not-found":            "a name that nothing has, or only later in the file",
	"not-supported-yet":    "a feature that this version leaves out",
	"nul":                  "a NUL character; the line is ignored",
	"number":               "no number, or outside its range",
	"odd-blank":            "no-break spaces and the like, taken as blanks",
	"odd-quote":            "typographic quotation marks, which do not quote",
	"parameter":            "a parameter that is not expanded",
	"parameter-loop":       "a parameter that contains itself",
	"planned":              "read and kept; this version does not act on it yet",
	"precision":            "more decimal places than there can be",
	"quote":                "a quote without an end",
	"required":             "a block cannot do without this",
	"script-missing":       "a script that is not there or cannot be run",
	"script-security":      "scripts run without enable_script_security",
	"sequence":             "~SEQ, ~LST or ${_RANDOM} with arguments that make no sense",
	"too-many-files":       "more files than one configuration may have",
	"unknown-keyword":      "a word that this block does not know",
	"user-missing":         "a user or group that this machine has not got",
	"value":                "a word that is none of those allowed here",
	"vrid-in-use":          "two instances that would take each other's adverts",

	"lint-auth-pass":          "a password that travels in clear",
	"lint-both-master":        "state MASTER on both routers",
	"lint-check-timeout":      "one attempt of a check lasts as long as the time to the next",
	"lint-debounce":           "a link may be down for longer than the other router waits",
	"lint-delay-loop":         "checks run once a minute, the default",
	"lint-equal-priority":     "the same priority on both routers",
	"lint-fall":               "a single failed run is enough to act on",
	"lint-garp-refresh":       "neighbours that miss the announcement never hear it again",
	"lint-group-priority":     "members of a sync group with different priorities",
	"lint-no-check":           "a real server that nobody checks",
	"lint-no-partner":         "a virtual router that only one of the two files has",
	"lint-nopreempt-one-side": "nopreempt where it changes nothing",
	"lint-nopreempt-weight":   "nopreempt and a weight: the VIP can never move",
	"lint-pair-differs":       "the two routers do not agree, so both would be master",
	"lint-script-security":    "scripts run without enable_script_security",
	"lint-shared-vrid":        "one VRID twice on what may be one segment",
	"lint-sync-instance":      "a sync daemon of an instance that is not there",
	"lint-sync-mixed":         "a sync daemon and real servers of another address family",
	"lint-timeout":            "a script may run longer than its interval",
	"lint-tls-verify":         "SSL_GET does not verify certificates",
	"lint-unicast-peers":      "two routers that do not list each other",
	"lint-unicast-source":     "unicast without a fixed source address",
	"lint-vrid-taken":         "one VRID for two virtual routers on one segment",
	"lint-weight-too-small":   "a weight that does not bring the priority below the other router's",
	"weight-ignored":          "a tracker with a weight where weights have no effect",
}
