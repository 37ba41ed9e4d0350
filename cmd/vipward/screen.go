// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"vipward/control"
)

// screen draws text for a terminal, or for a file.
type screen struct {
	width int
	color bool
	brief bool // what is well is only counted
}

// The colors of states.
const (
	plain  = ""
	bold   = "1"
	green  = "32"
	red    = "31"
	yellow = "33"
	faint  = "2"
)

// status draws everything that an operator asks for first: who is master, what serves.
func (s screen) status(st *control.State, now time.Time) string {
	var b strings.Builder
	b.WriteString(s.header(st, now))
	for _, p := range st.Problems {
		b.WriteString(s.warning(red, p))
	}
	if st.Checker != nil && st.Checker.Trouble != "" {
		b.WriteString(s.warning(red, st.Checker.Trouble))
	}
	if st.VRRP != nil && len(st.VRRP.Instances) > 0 {
		b.WriteString("\n" + s.instances(st.VRRP, now) + s.trackers(st.VRRP.Trackers))
	}
	if st.Checker != nil && len(st.Checker.Virtuals) > 0 {
		b.WriteString("\n" + s.servers(st.Checker, now))
	}
	return b.String()
}

func (s screen) header(st *control.State, now time.Time) string {
	d := st.Daemon
	line := fmt.Sprintf("%s  vipward %s  %s, up %s  pid %d", st.Host, st.Version, d.Phase, since(d.Started, now), d.PID)
	restarts := 0
	for _, p := range d.Processes {
		restarts += p.Restarts
	}
	if restarts > 0 {
		line += fmt.Sprintf("  process restarts: %d", restarts)
	}
	out := s.paint(bold, s.fit(line)) + "\n"
	if st.Config.Refused {
		out += s.warning(yellow, "the last reload was refused: vipward check "+st.Config.Path+" says why")
	}
	return out
}

// warning draws what is wrong with the whole.
func (s screen) warning(color, text string) string {
	var b strings.Builder
	for _, line := range s.wrap("! "+text, 2) {
		b.WriteString(s.paint(color, line) + "\n")
	}
	return b.String()
}

// since is how long something lasts: "5s", "3m", "2h10m", "4d3h". A time that is not known
// is a dash.
func since(at, now time.Time) string {
	if at.IsZero() {
		return "-"
	}
	d := max(now.Sub(at), 0)
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%ds", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%dm%02ds", int(d.Minutes()), int(d.Seconds())%60)
	case d < 24*time.Hour:
		return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%dd%dh", int(d.Hours())/24, int(d.Hours())%24)
}

// paint colors a text, if there are colors.
func (s screen) paint(color, text string) string {
	if !s.color || color == plain {
		return text
	}
	return "\x1b[" + color + "m" + text + "\x1b[0m"
}

// fit cuts a text to the width. What comes from a configuration or the network may hold
// anything: what would move the cursor is taken out.
func (s screen) fit(text string) string { return fitTo(text, s.width) }

func fitTo(text string, width int) string {
	text = clean(text)
	if utf8.RuneCountInString(text) <= width {
		return text
	}
	if width < 1 {
		return ""
	}
	r := []rune(text)
	return string(r[:width-1]) + "…"
}

// clean replaces what is not to be printed.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, text)
}

// wrap breaks a text at spaces into lines of the screen's width, all but the first indented.
func (s screen) wrap(text string, indent int) []string {
	var lines []string
	line := []rune(clean(text))
	for len(line) > s.width && s.width > 2*indent {
		end := s.width
		for i := s.width; i > s.width/2; i-- {
			if line[i] == ' ' {
				end = i
				break
			}
		}
		lines = append(lines, strings.TrimRight(string(line[:end]), " "))
		line = append([]rune(strings.Repeat(" ", indent)), []rune(strings.TrimLeft(string(line[end:]), " "))...)
	}
	return append(lines, s.fit(string(line)))
}
