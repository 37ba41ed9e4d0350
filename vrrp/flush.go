// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"context"
	"log/slog"
	"time"

	"vipward/netif"
	"vipward/vrrp/election"
)

// flush does the actions of a pass: all adverts, then all addresses as one batch, then the
// announcements, then what nobody on the network waits for.
func (l *loop) flush() {
	for _, t := range l.todo {
		if a, ok := t.act.(election.SendAdvert); ok {
			l.sendAdvert(t.vi, a)
		}
	}
	moved := false
	for _, t := range l.todo {
		moved = l.kernelAction(t) || moved
	}
	if moved {
		l.vips.commit()
	}
	for _, t := range l.todo {
		l.reportAction(t)
	}
	clear(l.todo)
	l.todo = l.todo[:0]
	if l.unsaved {
		l.unsaved = false
		l.saveState()
	}
}

func (l *loop) sendAdvert(vi *instance, a election.SendAdvert) {
	err := vi.sendAdvert(a.Priority)
	if err != nil && vi.sendErr == nil {
		l.env.Log.Warn(sendFailedLine(vi.cfg.Name, err))
	}
	vi.sendErr = err
}

// kernelAction queues what concerns addresses, and says whether the action was one.
func (l *loop) kernelAction(t todo) bool {
	switch a := t.act.(type) {
	case election.AddAddresses:
		l.vips.set(t.vi.key, l.addresses(t.vi))
	case election.RemoveAddresses:
		l.vips.set(t.vi.key, nil)
	case election.Announce:
		l.vips.announce(t.vi.key, l.targets(t.vi), a.Rounds)
	default:
		return false
	}
	return true
}

// reportAction logs an action and tells the operator's hooks.
func (l *loop) reportAction(t todo) {
	name := t.vi.cfg.Name
	switch a := t.act.(type) {
	case election.Transition:
		l.transition(t.vi, a)
	case election.Log:
		if a.Code != election.LogSentZero || t.vi.left {
			l.line(a.Line(name))
		}
	case election.AddAddresses:
		l.line(settingVIPsLine(name), true)
	case election.RemoveAddresses:
		l.line(removingVIPsLine(name), true)
	case election.Announce:
		l.announcementLines(t.vi, a)
	}
}

// transition tells log, hooks and successor about a finished change of state.
func (l *loop) transition(vi *instance, t election.Transition) {
	vi.changed = time.Now()
	clear(vi.logged)
	l.line(t.Line(vi.cfg.Name))
	if vi.deleted {
		l.hooks.deleted(vi.cfg, t)
	} else {
		l.hooks.transition(vi.cfg, t)
	}
	l.unsaved = true
}

// announcementLines lists each frame, for -D only: it is the log's most expensive part.
func (l *loop) announcementLines(vi *instance, a election.Announce) {
	if !l.env.Log.Enabled(context.Background(), slog.LevelDebug) {
		return
	}
	for _, v := range vi.virtual() {
		l.line(queueingGARPLine(vi.cfg.Name, vi.device(v), v.Prefix.Addr()), true)
		for range a.Rounds {
			l.line(sendingGARPLine(vi.device(v), v.Prefix.Addr()), true)
		}
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

// addresses resolves the instance's virtual addresses to interfaces that exist.
func (l *loop) addresses(vi *instance) []netif.Addr {
	var out []netif.Addr
	for _, a := range vi.virtual() {
		link, ok := l.picture.Link(vi.device(a))
		if !ok {
			l.env.Log.Warn(noDeviceLine(vi.cfg.Name, a.Prefix, vi.device(a)))
			continue
		}
		out = append(out, netif.Addr{
			Prefix: a.Prefix, Index: link.Index, Label: a.Label, Scope: a.Scope, Broadcast: a.Broadcast,
		})
	}
	return out
}

// targets lists what to announce: IPv4 addresses on interfaces that use ARP.
func (l *loop) targets(vi *instance) []netif.Target {
	var out []netif.Target
	for _, a := range vi.virtual() {
		link, ok := l.picture.Link(vi.device(a))
		if ok && !link.NoARP && a.Prefix.Addr().Is4() {
			out = append(out, netif.Target{Index: link.Index, IP: a.Prefix.Addr()})
		}
	}
	return out
}
