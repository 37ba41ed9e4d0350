// SPDX-License-Identifier: Apache-2.0

package replay

import (
	"regexp"
	"slices"
	"strings"
)

// announcement is a line, or a frame, that tells hosts where an address is. When later sets come
// is a matter of time, and how many of them come in a step as well.
var announcement = regexp.MustCompile(`Sending/queueing |Sending (gratuitous ARP|unsolicited Neighbour Advert) |^\w+ (ARP|NA) `)

// secondSets drops announcements that one side has more often, as long as it is not more than
// once for each take-over: whether the second set, 5 seconds later, comes before the next step or
// the stop is a matter of time.
func secondSets(all []Difference, want, got *Recording) []Difference {
	times := map[Difference]int{}
	for _, d := range all {
		times[d.anywhere()]++
	}
	limit := max(takeOvers(want), takeOvers(got))
	return slices.DeleteFunc(all, func(d Difference) bool {
		return announcement.MatchString(d.Text) && times[d.anywhere()] <= limit && want.announces(d.Text) && got.announces(d.Text)
	})
}

// anywhere is the difference without its step.
func (d Difference) anywhere() Difference {
	d.Step = 0
	return d
}

// takeOvers counts how often an instance became master.
func takeOvers(r *Recording) int {
	n := 0
	for _, step := range r.Steps {
		for _, l := range step.Log {
			if strings.Contains(l, "Entering MASTER STATE") {
				n++
			}
		}
	}
	return n
}

// announces says whether a line or frame is in a recording at all.
func (r *Recording) announces(text string) bool {
	return slices.ContainsFunc(r.Steps, func(s Step) bool {
		return slices.Contains(s.Log, text) || slices.ContainsFunc(s.Frames, func(f Frame) bool { return f.Key == text })
	})
}

// alone drops the announcements to which there is a like one near by.
func alone(items, others []Item) []Item {
	return slices.DeleteFunc(items, func(i Item) bool {
		return announcement.MatchString(i.Text) && slices.ContainsFunc(others, i.is)
	})
}
