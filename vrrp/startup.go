// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"time"

	"golang.org/x/sys/unix"

	"vipward/conf"
)

// startup is the delay before the instances of a fresh daemon take part in the election
// (vrrp_startup_delay, vrrp_delay_after_boot). Its alarm says when it is over.
type startup struct {
	delay time.Duration
	until time.Time // zero: over, or there was none
	done  func()
}

// startDelay is the longer of both delays; that after boot counts from the boot.
func startDelay(g conf.GlobalVRRP, uptime time.Duration) time.Duration {
	return max(g.StartupDelay, g.DelayAfterBoot-uptime, 0)
}

// uptime is the time since the machine was booted.
func uptime() time.Duration {
	var t unix.Timespec
	if unix.ClockGettime(unix.CLOCK_BOOTTIME, &t) != nil {
		return 0 // as if it were just booted: rather too careful
	}
	return time.Duration(t.Nano())
}

// Deadline implements sleeper.
func (s *startup) Deadline() time.Time { return s.until }

func (s *startup) wake(time.Time) {
	s.until = time.Time{}
	s.done()
}

// delayStart begins the delay of a daemon that starts. A successor of a crashed process
// starts at once.
func (l *loop) delayStart(now time.Time) {
	d := startDelay(l.cfg.Global.VRRP, uptime())
	if d == 0 || len(l.saved.Instances) > 0 {
		return
	}
	l.line(delayingLine(d))
	l.startup = startup{delay: d, until: now.Add(d), done: func() { l.line(delayedLine()) }}
	l.due.update(newAlarm(&l.startup))
}
