// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"cmp"
	"time"

	"vipward/conf"
	"vipward/ipvs"
)

// settings are what a configuration wants of IPVS beside the table.
type settings struct {
	timeouts ipvs.Timeouts // a zero one stays as it is
	daemons  []ipvs.Daemon
	// theirs says that the sync daemons are the vrrp process's, which starts and stops them.
	theirs bool
}

// settingsOf gives the settings of a configuration. A sync daemon that follows an instance
// is not this process's.
func settingsOf(cfg *conf.Config) settings {
	g := &cfg.Global.Checker
	s := settings{timeouts: ipvs.Timeouts{TCP: limit(g.TCPTimeout), TCPFin: limit(g.TCPFinTimeout), UDP: limit(g.UDPTimeout)}}
	switch d := g.SyncDaemon; {
	case d == nil:
	case d.Instance != "":
		s.theirs = true
	default:
		s.daemons = []ipvs.Daemon{ipvs.NewDaemon(ipvs.Master, d, 0), ipvs.NewDaemon(ipvs.Backup, d, 0)}
	}
	return s
}

func limit(d *time.Duration) time.Duration {
	if d == nil {
		return 0
	}
	return *d
}

// tuned is what was changed of the kernel's settings. It outlives the process.
type tuned struct {
	Timeouts *ipvs.Timeouts `json:",omitempty"` // as they were before; nil: they still are
	Daemons  bool           `json:",omitempty"` // sync daemons run because of us
}

// tuning keeps the kernel's settings as a configuration wants them, and puts back what was
// there when it wants nothing any more.
type tuning struct {
	want  settings
	tuned tuned
	met   bool // the kernel has been as wanted: a difference is another program's doing
}

// follow goes over to other settings.
func (u *tuning) follow(want settings) { u.want, u.met = want, false }

// idle says whether there is nothing to do, so that IPVS is not needed.
func (u *tuning) idle() bool {
	return u.want.timeouts == (ipvs.Timeouts{}) && len(u.want.daemons) == 0 && u.tuned == (tuned{})
}

// learn notes the timeouts before they are changed for the first time, and says whether it
// did.
func (u *tuning) learn(k ipvs.Kernel) (bool, error) {
	if u.want.timeouts == (ipvs.Timeouts{}) || u.tuned.Timeouts != nil {
		return false, nil
	}
	was, err := k.Timeouts()
	if err != nil {
		return false, err
	}
	u.tuned.Timeouts = &was
	return true, nil
}

// apply makes the kernel's settings as they are wanted. It gives how many of them another
// program had changed.
func (u *tuning) apply(k ipvs.Kernel) (int, error) {
	if u.idle() {
		return 0, nil
	}
	limits, err := u.limits(k)
	daemons, failed := u.daemons(k)
	if err = cmp.Or(err, failed); err != nil {
		return 0, err
	}
	drift := 0
	if u.met {
		drift = limits + daemons
	}
	u.met = true
	return drift, nil
}

// limits sets the timeouts. One that is not wanted is as it was before.
func (u *tuning) limits(k ipvs.Kernel) (int, error) {
	if _, err := u.learn(k); err != nil || u.tuned.Timeouts == nil {
		return 0, err
	}
	was, w := *u.tuned.Timeouts, u.want.timeouts
	want := ipvs.Timeouts{TCP: cmp.Or(w.TCP, was.TCP), TCPFin: cmp.Or(w.TCPFin, was.TCPFin), UDP: cmp.Or(w.UDP, was.UDP)}
	is, err := k.Timeouts()
	if err != nil {
		return 0, err
	}
	changes := 0
	if is != want {
		changes = 1
		err = k.SetTimeouts(want)
	}
	if err == nil && w == (ipvs.Timeouts{}) {
		u.tuned.Timeouts = nil
	}
	return changes, err
}

// daemons starts and stops sync daemons.
func (u *tuning) daemons(k ipvs.Kernel) (int, error) {
	if u.want.theirs {
		u.tuned.Daemons = false
	}
	if len(u.want.daemons) == 0 && !u.tuned.Daemons {
		return 0, nil // what runs is not ours
	}
	u.tuned.Daemons = true
	n, err := k.SetDaemons(u.want.daemons)
	u.tuned.Daemons = err != nil || len(u.want.daemons) > 0
	return n, err
}
