// SPDX-License-Identifier: Apache-2.0

package election

import "time"

// place is a Machine's part in its sync group. Only a Group sets grouped and waits; alone,
// the others mean nothing.
type place struct {
	grouped bool // a take-over waits for the other members
	waits   bool // an owner is not master at once, since not all members are owners
	wants   bool // a backup that heard nothing for the master-down time
	follows bool // a backup that accepts another router as master
	ready   bool // it wanted already when the group hesitated: no line for the next time
}

// canBeMaster says whether nothing of this member stands against the group being master.
func (m *Machine) canBeMaster() bool {
	return m.ended() || m.state == Master || m.state == Backup && m.place.wants
}

// takeOver makes a member master because all members can be.
func (m *Machine) takeOver(now time.Time) {
	if m.state == Backup {
		m.becomeMaster(now, false)
	}
}

// giveWay makes a member backup because another one is. As keepalived it says no priority 0:
// the router that took over from that member takes over from this one as well.
func (m *Machine) giveWay(now time.Time) {
	if m.state == Master {
		m.becomeBackup(now, false)
	}
}
