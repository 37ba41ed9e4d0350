// SPDX-License-Identifier: Apache-2.0

package replayipvs

import (
	"encoding/hex"
	"net"
	"regexp"
	"slices"
	"strings"
)

var (
	// seenLine is what a server saw: its address, and the number of the connection or datagram.
	seenLine  = regexp.MustCompile(`^(\S+:\d+|S8\d) (?:conn|datagram) \d+(?: from port P)?: (.*)$`)
	clientSay = regexp.MustCompile(`^(received|request|S: |[0-9a-f]+  ")`)
	dumpLine  = regexp.MustCompile(`^[0-9a-f]{4}  ((?:[0-9a-f]{2} )+)`)
	textLine  = regexp.MustCompile(`^(?:lvs_notify_fifo: |b')((?:RS|VS) .*?)'?$`)
	ranLine   = regexp.MustCompile(`^notify scripts ran: (.*)$`)
	queryID   = regexp.MustCompile(`^[0-9a-f]{4}(01000001[0-9a-f]*).*$`) // of DNS: any number
)

// readWire takes a .wire file apart: what servers saw by step, records of FIFOs, calls.
func (r *Recording) readWire(text string) {
	i, fifo := 0, ""
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		if do, ok := strings.CutPrefix(line, "## "); ok {
			i = r.stepFrom(i, do)
			continue
		}
		if m := dumpLine.FindStringSubmatch(line); m != nil {
			b, _ := hex.DecodeString(strings.ReplaceAll(m[1], " ", "")) // the pattern lets only hex through
			fifo += string(b)
		} else if m := textLine.FindStringSubmatch(line); m != nil {
			fifo += strings.NewReplacer(`\n`, "\n", `\x00`, "").Replace(m[1])
		} else if m := ranLine.FindStringSubmatch(line); m != nil {
			r.Calls = calls(m[1]) // all so far
		} else if seen := Seen(line); seen != "" {
			r.Steps[i].Wire = append(r.Steps[i].Wire, seen)
		}
	}
	r.FIFO = Records(fifo)
}

// stepFrom finds the next step of that text.
func (r *Recording) stepFrom(i int, do string) int {
	for j := i; j < len(r.Steps); j++ {
		if r.Steps[j].Do == do && (j > i || i == 0) {
			return j
		}
	}
	return i
}

// Records splits what came out of a FIFO; 2.4.3 ends a record by a newline and a NUL.
func Records(text string) []string {
	return strings.FieldsFunc(strings.ReplaceAll(text, "\x00", ""), func(c rune) bool { return c == '\n' })
}

// calls splits "up ; qup ; ".
func calls(text string) []string {
	var out []string
	for part := range strings.SplitSeq(text, ";") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

// Seen brings a line about what a server saw to a form without numbers of connections and
// queries; "" is a line of another kind.
func Seen(line string) string {
	m := seenLine.FindStringSubmatch(line)
	if m == nil || !clientSay.MatchString(m[2]) {
		return ""
	}
	addr, said := m[1], strings.Replace(m[2], ", then RST", ", then FIN", 1) // which one is a race
	if host, port, ok := cutLast(addr, ":"); ok && strings.Contains(host, ":") {
		addr = net.JoinHostPort(strings.Trim(host, "[]"), port)
	}
	if port, ok := strings.CutPrefix(addr, "S"); ok && len(port) == 2 {
		addr = "127.0.0.11:" + port // named so where one server has two ports
	}
	if hex, _, ok := strings.Cut(said, `  "`); ok {
		said = queryID.ReplaceAllString(hex, "????$1")
	}
	return addr + " " + said
}

func cutLast(s, sep string) (before, after string, ok bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

// Distinct is what servers saw in all of a case, each thing once: how often they saw it, and
// in which step, is a matter of time.
func (r *Recording) Distinct() []string {
	var out []string
	for _, step := range r.Steps {
		for _, l := range step.Wire {
			if !slices.Contains(out, l) {
				out = append(out, l)
			}
		}
	}
	return out
}

var (
	vsName   = regexp.MustCompile(`VS (\S+|FWM \d+)$|for VS (\S+|FWM \d+)|Virtual Server (\S+)`)
	changeOf = regexp.MustCompile(`^(?:Removing|Adding|Disabling|Enabling|Shutting down|Changing weight from -?\d+ to -?\d+ for (?:in)?active) service `)
	rsName   = regexp.MustCompile(`\[?\[[0-9a-f.:]+\]:\w+:\d+`)
)

var recordOf = regexp.MustCompile(`(FWM \d+|\S+) (?:UP|DOWN)$`)

// pool is the virtual server of a record: of each the records are compared in their order.
func pool(record string) string {
	if m := recordOf.FindStringSubmatch(record); m != nil {
		return m[1]
	}
	return ""
}

// subject says what a line of the log is about: a virtual server, a check, or the process.
func subject(line string) string {
	switch {
	case strings.Contains(line, "ctivating "), strings.Contains(line, "WARNING"), strings.Contains(line, "Warning"):
		return line + " " // no order
	case strings.HasPrefix(line, "Misc check"), strings.Contains(line, "CHECK"), strings.Contains(line, "onnect"), strings.Contains(line, "emote"):
		if m := rsName.FindString(line); m != "" {
			return "check of " + m
		}
	}
	if m := changeOf.FindString(line); m != "" {
		return line[len(m):] // of each real server; others change beside it
	}
	if m := vsName.FindStringSubmatch(line); m != nil {
		return "VS " + m[1] + m[2] + m[3]
	}
	return line + " " // a stream of its own, in which repetitions in a step count once
}
