// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"context"
	"log/slog"
	"time"

	"vipward/vrrp/election"
)

// report logs an action and tells the operator's hooks.
func (l *loop) report(t todo) {
	if t.group != nil {
		l.reportGroup(t.group, t.act)
		return
	}
	name := t.vi.cfg.Name
	switch a := t.act.(type) {
	case election.Transition:
		l.transition(t.vi, a)
	case election.Log:
		if a.Code != election.LogSentZero || t.vi.left {
			l.line(a.Line(name))
		}
		now := time.Now()
		t.vi.record.note(name, a, now)
		l.explain(t.vi, a.Code, now)
	case election.AddAddresses:
		l.details(settingLines(t.vi.cfg))
	case election.RemoveAddresses:
		l.details(removingLines(t.vi.cfg))
	case election.PriorityChange:
		l.hooks.priorityChanged(t.vi.cfg, a)
		l.tell(News{At: time.Now(), Kind: "priority", Name: name, From: a.State.String(), To: a.State.String(), Priority: a.Priority})
	case election.MasterRxLowerPri:
		l.hooks.rxLower(t.vi.cfg, a.Priority)
	case election.Announce, election.AnnounceSource:
		l.announcing.report()
	}
}

// transition tells log, hooks and successor about a finished change of state.
func (l *loop) transition(vi *instance, t election.Transition) {
	vi.changed = time.Now()
	if t.To == election.Master {
		vi.mastered++
	}
	if t.From == election.Master {
		vi.released++
		vi.evidence.rest()
	}
	vi.wire.Forget()
	l.line(t.Line(vi.cfg.Name))
	l.remember(vi, t)
	l.hooks.transition(vi.cfg, t)
	l.unsaved, l.syncd.stale = true, true
}

// details logs lines that are for -D.
func (l *loop) details(lines []string) {
	for _, text := range lines {
		l.line(text, true)
	}
}

// line logs one line; detail lines are for -D.
func (l *loop) line(text string, detail bool) {
	if text == "" {
		return // keepalived says nothing here
	}
	level := slog.LevelInfo
	if detail {
		level = slog.LevelDebug
	}
	l.env.Log.Log(context.Background(), level, text)
}
