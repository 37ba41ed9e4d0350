// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"vipward/checker/probe"
	"vipward/conf"

	"github.com/google/go-cmp/cmp"
)

// verdictNames name verdicts in the tests of rounds.
var verdictNames = map[Verdict]string{
	Same: "same", FirstPass: "first pass", Recovered: "recovered", Retrying: "retrying", Refused: "refused",
	GivenUp: "given up", Rescheduled: "rescheduled", PageGood: "page good",
}

// round plays runs of a check: "+" passes, "-" fails, "?" tells nothing. It
// gives page, verdict and the time to the next run of each.
func round(t *Track, c *conf.Checker, runs string) []string {
	var out []string
	begin := time.Unix(1000, 0)
	for _, r := range runs {
		page := t.Page
		o := map[rune]probe.Outcome{'+': probe.Passed, '-': probe.Failed, '?': probe.Untold}[r]
		v, next := t.Step(c, o, begin)
		out = append(out, fmt.Sprintf("%c%c %s %v", "abc"[page], r, verdictNames[v], next.Sub(begin)))
	}
	return out
}

func pages(n, retry int, fast bool) *conf.Checker {
	return &conf.Checker{
		CheckSettings: &conf.CheckSettings{
			DelayLoop: 4 * time.Second, RetryDelay: time.Second, Retry: retry,
			HTTP: &conf.HTTPCheck{URLs: make([]conf.URL, n), FastRecovery: fast},
		},
	}
}

// TestPages: one page for each run. The page that failed comes first, and then
// all of them, until the server is back.
func TestPages(t *testing.T) {
	t.Parallel()
	slow := pages(1, 0, false)
	slow.RetryDelay = 9 * time.Second
	tests := []struct {
		name  string
		check *conf.Checker
		track Track
		runs  string
		want  string
	}{
		{
			"three pages", pages(3, 0, false), NewTrack(&conf.Checker{CheckSettings: &conf.CheckSettings{}}), "++++--++++++",
			"a+ same 4s|b+ same 4s|c+ first pass 4s|a+ same 4s|b- refused 4s|b- same 4s|" +
				"b+ page good 4s|a+ page good 4s|b+ page good 4s|c+ recovered 4s|a+ same 4s|b+ same 4s",
		},
		{
			"one page needs two good fetches", pages(1, 2, false), KnownTrack(true), "---+++",
			"a- retrying 1s|a- retrying 1s|a- given up 4s|a+ page good 4s|a+ recovered 4s|a+ same 4s",
		},
		{
			"the first failure decides", pages(2, 2, false), NewTrack(&conf.Checker{CheckSettings: &conf.CheckSettings{}}), "+-",
			"a+ same 4s|b- refused 4s",
		},
		{
			"a retry that passes goes on", pages(2, 2, false), KnownTrack(true), "-+--+",
			"a- retrying 1s|a+ same 4s|b- retrying 1s|b- retrying 1s|b+ same 4s",
		},
		{
			"fast_recovery", pages(2, 0, true), KnownTrack(true), "+-+++",
			"a+ same 4s|b- refused 4s|b+ page good 0s|a+ page good 0s|b+ recovered 4s",
		},
		{
			"fast_recovery at the start", pages(3, 0, true),
			Track{},
			"+-+",
			"a+ page good 0s|b- same 4s|b+ page good 0s",
		},
		{
			"down from the start, all pages once", pages(2, 0, false),
			Track{},
			"++",
			"a+ page good 4s|b+ recovered 4s",
		},
		{
			"another page fails on the way back", pages(3, 0, false), KnownTrack(false), "++-+++",
			"a+ page good 4s|a+ page good 4s|b- same 4s|b+ page good 4s|a+ page good 4s|b+ page good 4s",
		},
		{"a long delay_before_retry", slow, KnownTrack(true), "--+", "a- refused 9s|a- same 9s|a+ page good 4s"},
		{"nothing told", pages(2, 0, false), NewTrack(&conf.Checker{CheckSettings: &conf.CheckSettings{}}), "+?+", "a+ same 4s|b? rescheduled 4s|b+ first pass 4s"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(strings.Split(tt.want, "|"), round(&tt.track, tt.check, tt.runs)); diff != "" {
				t.Errorf("runs (-want +got):\n%s", diff)
			}
		})
	}
}

// TestPatience: an SMTP_CHECK spends its retries at the start as well, and in
// each cycle while it is down.
func TestPatience(t *testing.T) {
	t.Parallel()
	c := &conf.Checker{CheckSettings: &conf.CheckSettings{DelayLoop: 4 * time.Second, RetryDelay: time.Second, Retry: 2, SMTP: &conf.SMTPCheck{}}}
	track := NewTrack(&conf.Checker{CheckSettings: &conf.CheckSettings{}})
	want := "a- retrying 1s|a- retrying 1s|a- given up 4s|a- same 1s|a- same 1s|a- same 4s|a- same 1s|a+ recovered 4s|" +
		"a- retrying 1s|a+ same 4s|a- retrying 1s|a- retrying 1s|a- given up 4s"
	if diff := cmp.Diff(strings.Split(want, "|"), round(&track, c, "-------+-+---")); diff != "" {
		t.Errorf("runs (-want +got):\n%s", diff)
	}
	track, c.Retry = NewTrack(&conf.Checker{CheckSettings: &conf.CheckSettings{}}), 0
	if diff := cmp.Diff([]string{"a- refused 4s", "a- same 4s", "a+ recovered 4s"}, round(&track, c, "--+")); diff != "" {
		t.Errorf("without retries (-want +got):\n%s", diff)
	}
}
