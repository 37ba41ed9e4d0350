// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"strconv"
	"time"
)

// timeline prints what happens, with the seconds since the demo began.
type timeline struct {
	out   io.Writer
	start time.Time
}

// title opens a chapter.
func (l *timeline) title(text string) { fmt.Fprintf(l.out, "\n== %s\n", text) }

// say prints what someone does or sees.
func (l *timeline) say(who, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	fmt.Fprintf(l.out, "%6.1f s  %-10s %s\n", time.Since(l.start).Seconds(), who, text)
}

// span is a duration as a person says it: 3.62 s, 47 ms.
func span(d time.Duration) string {
	if d < time.Second {
		return strconv.FormatInt(d.Milliseconds(), 10) + " ms"
	}
	return strconv.FormatFloat(d.Seconds(), 'f', 2, 64) + " s"
}
