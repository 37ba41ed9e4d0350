// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"log/slog"
	"strconv"
	"strings"
	"time"
	"unicode"

	"vipward/watchdog"
)

// Syslog severities (RFC 3164 section 4.1.1).
const (
	severityAlert   = 1
	severityError   = 3
	severityWarning = 4
	severityInfo    = 6
)

// severity translates a level. Debug is info as well: keepalived's detailed lines are.
func severity(l slog.Level) int {
	switch {
	case l >= watchdog.LevelAlert:
		return severityAlert
	case l >= slog.LevelError:
		return severityError
	case l >= slog.LevelWarn:
		return severityWarning
	default:
		return severityInfo
	}
}

// lineHandler is a slog.Handler that makes keepalived's lines: the message, and behind it
// the attributes, if there are any.
type lineHandler struct {
	queue  *logQueue
	min    slog.Level
	prefix string // of the attributes' keys: the open groups
	suffix string // the attributes of WithAttrs, formatted
}

// Enabled implements slog.Handler.
func (h *lineHandler) Enabled(_ context.Context, l slog.Level) bool { return l >= h.min }

// Handle implements slog.Handler. It does not block.
func (h *lineHandler) Handle(_ context.Context, r slog.Record) error {
	text := oneLine(r.Message)
	if h.suffix != "" || r.NumAttrs() > 0 {
		text = h.withAttrs(text, r)
	}
	when := r.Time
	if when.IsZero() {
		when = time.Now()
	}
	h.queue.post(entry{when, severity(r.Level), r.Level < slog.LevelInfo, text})
	return nil
}

// withAttrs is a text with its attributes.
func (h *lineHandler) withAttrs(text string, r slog.Record) string {
	var b strings.Builder
	b.WriteString(text)
	b.WriteString(h.suffix)
	r.Attrs(func(a slog.Attr) bool {
		appendAttr(&b, h.prefix, a)
		return true
	})
	return b.String()
}

// WithAttrs implements slog.Handler.
func (h *lineHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	var b strings.Builder
	for _, a := range attrs {
		appendAttr(&b, h.prefix, a)
	}
	next := *h
	next.suffix += b.String()
	return &next
}

// WithGroup implements slog.Handler.
func (h *lineHandler) WithGroup(name string) slog.Handler {
	next := *h
	if name != "" {
		next.prefix += name + "."
	}
	return &next
}

// appendAttr writes " key=value", and a group as its members.
func appendAttr(b *strings.Builder, prefix string, a slog.Attr) {
	v := a.Value.Resolve()
	if v.Kind() == slog.KindGroup {
		if a.Key != "" {
			prefix += a.Key + "."
		}
		for _, member := range v.Group() {
			appendAttr(b, prefix, member)
		}
		return
	}
	if a.Equal(slog.Attr{}) {
		return
	}
	b.WriteString(" " + prefix + a.Key + "=" + quoted(v.String()))
}

// quoted quotes a value whose end would not be clear otherwise.
func quoted(s string) string {
	if s == "" || strings.ContainsFunc(s, func(r rune) bool { return r == '"' || r == '=' || unicode.IsSpace(r) || !unicode.IsPrint(r) }) {
		return strconv.Quote(s)
	}
	return s
}

// oneLine escapes what would break a line in two, or garble a terminal: texts may come
// from scripts and from the network.
func oneLine(s string) string {
	odd := func(r rune) bool { return unicode.IsControl(r) && r != '\t' }
	s = strings.TrimRight(s, "\n")
	if !strings.ContainsFunc(s, odd) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if odd(r) {
			q := strconv.QuoteRune(r)
			b.WriteString(q[1 : len(q)-1])
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}
