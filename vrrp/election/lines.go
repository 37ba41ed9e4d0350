// SPDX-License-Identifier: Apache-2.0

package election

import "fmt"

// The texts in the lines files are an interface: programs read them out of logs. They are
// keepalived's, and with each goes whether it is a detail, logged only with -D.

// Line returns the log line of a transition; empty when it has none.
func (t Transition) Line(instance string) (text string, detail bool) {
	switch t.To {
	case Master:
		return fmt.Sprintf("(%s) Entering MASTER STATE", instance), false
	case Backup:
		return fmt.Sprintf("(%s) Entering BACKUP STATE%s", instance, t.initMark()), false
	case FaultState:
		switch {
		case t.From == Init && t.AtStart:
			return fmt.Sprintf("(%s) entering FAULT state", instance), false
		case t.From == Init:
			return "", false // the line of the script says it
		}
		return fmt.Sprintf("(%s) Entering FAULT STATE", instance), false
	case Init, Stopped, Deleted:
	}
	return "", false
}

// initMark marks the first state of an instance that had nothing to wait for.
func (t Transition) initMark() string {
	if t.AtStart && t.From == Init {
		return " (init)"
	}
	return ""
}

// Line returns the line of a log action.
func (l Log) Line(instance string) (text string, detail bool) {
	body, detail := l.body()
	return fmt.Sprintf("(%s)%s", instance, body), detail
}

// body is what follows the instance's name, with its separator.
func (l Log) body() (text string, detail bool) {
	if l.From.IsValid() {
		return l.advertBody()
	}
	switch l.Code {
	case LogTimeout:
		return " Receive advertisement timeout", true
	case LogRogueGone:
		return ": rogue address owner appears to have stopped advertising", false
	case LogPreemptDelay:
		return fmt.Sprintf(" start preempt delay (%.6f)", l.Was.Seconds()), true
	case LogIntervalLearned:
		return fmt.Sprintf(" advertisement interval updated from %dms to %dms by master",
			l.Was.Milliseconds(), l.Now.Milliseconds()), true
	case LogIntervalOwn:
		return fmt.Sprintf(" changing advert interval from %dms to locally configured %dms",
			l.Was.Milliseconds(), l.Now.Milliseconds()), true
	case LogSentZero:
		return " sent 0 priority", true
	case LogPriorityChanged:
		return fmt.Sprintf(" Changing effective priority from %d to %d", l.Theirs, l.Ours), false
	case LogPrioritySet:
		return fmt.Sprintf(" Setting effective priority to %d", l.Ours), false
	case LogTimerExpired:
		return fmt.Sprintf(" VRRP thread timer expired %.6f seconds ago", l.Was.Seconds()), false
	case LogRival:
		return fmt.Sprintf(" %s, announcing our addresses again", l.What), false
	case LogLate:
		return fmt.Sprintf(" advert was %.3f s late, announcing our addresses again", l.Was.Seconds()), false
	default:
		return fmt.Sprintf(" unnamed event %d", l.Code), true
	}
}

// advertBody is the text for what another router's advert caused.
func (l Log) advertBody() (text string, detail bool) {
	switch l.Code {
	case LogBackupZero:
		return " Backup received priority 0 advertisement", true
	case LogMasterZero:
		return " Master received priority 0 message", true
	case LogMasterSet:
		return fmt.Sprintf(" master set to %s", l.From), true
	case LogDiscardLower:
		return fmt.Sprintf(" received lower priority (%d) advert from %s - discarding", l.Theirs, l.From), false
	case LogYieldHigher:
		return fmt.Sprintf(" Master received advert from %s with higher priority %d, ours %d", l.From, l.Theirs, l.Ours), false
	case LogYieldAddress:
		return fmt.Sprintf(" Master received advert from %s with same priority %d but higher IP address than ours",
			l.From, l.Theirs), false
	case LogForceElection:
		return fmt.Sprintf(" Received advert from %s with lower priority %d, ours %d, forcing new election",
			l.From, l.Theirs, l.Ours), false
	case LogLowerUnanswered:
		return fmt.Sprintf(" Received advert from %s with lower priority %d, ours %d", l.From, l.Theirs, l.Ours), false
	case LogOwnAddress:
		return fmt.Sprintf(" WARNING - equal priority advert received from %s, which is our own address", l.From), false
	case LogTwoOwners:
		return fmt.Sprintf(" CONFIGURATION ERROR: local instance and %s are both configured as address owner, please resolve",
			l.From), false
	default:
		return fmt.Sprintf(" unnamed event %d", l.Code), true
	}
}
