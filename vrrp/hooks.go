// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"log/slog"
	"strconv"

	"golang.org/x/sync/errgroup"

	"vipward/conf"
	"vipward/notify"
	"vipward/vrrp/election"
)

// hooks tells the operator's scripts and FIFOs what happens. The loop calls it; nothing
// here waits for a script.
type hooks struct {
	queue    *notify.Queue
	pipes    *notify.Pipes
	programs programs
	mails    mails
}

// newHooks makes hooks that run their programs with r. made are the FIFOs of an earlier
// process.
func newHooks(r *notify.Runner, made []notify.MadeFIFO, log *slog.Logger) *hooks {
	return &hooks{
		queue: notify.NewQueue(r, log), pipes: notify.NewPipes(r, "vrrp", made, log),
		mails: mails{mailer: notify.NewMailer(log), last: map[string]election.State{}},
	}
}

// use takes the programs and FIFOs of a configuration: at the start, and at a reload once
// the instances that go have said so.
func (h *hooks) use(u lookedUp) {
	h.programs = u.programs
	h.mails.use(u.mails)
	h.pipes.Set(u.pipes)
}

// subject is whom a change concerns.
type subject struct {
	kind, name string
	priority   int
}

func theInstance(name string, priority uint8) subject {
	return subject{"INSTANCE", name, int(priority)}
}

// theGroup has no priority of its own: scripts get 0.
func theGroup(name string) subject { return subject{"GROUP", name, 0} }

// key keeps the scripts of a subject in order, and opens their log lines.
func (s subject) key() string {
	if s.kind == "GROUP" {
		return "VRRP_Group(" + s.name + ")"
	}
	return "(" + s.name + ")"
}

// tell writes the line of a state into the FIFOs and runs scripts one after the other:
// that of the state, as it is configured, and then the generic one with keepalived's
// arguments.
func (h *hooks) tell(s subject, state string, own, generic *conf.Command) {
	h.pipes.Write(notify.StateLine(s.kind, s.name, state, s.priority))
	job := notify.Job{Key: s.key(), State: state}
	if cmd, ok := h.programs[own]; ok {
		job.Commands = append(job.Commands, cmd)
	}
	if cmd, ok := h.programs[generic]; ok {
		job.Commands = append(job.Commands, cmd.With(s.kind, s.name, state, strconv.Itoa(s.priority)))
	}
	h.queue.Add(job)
}

// transition tells of an instance's new state. Of one that a reload takes away keepalived
// says FAULT, and does not run the script of that state; or DELETED, where it is asked to.
func (h *hooks) transition(c *conf.Instance, t election.Transition) {
	s := theInstance(c.Name, t.Priority)
	if c.SMTPAlert {
		h.mails.instance(c.Name, t.To)
	}
	switch {
	case t.To != election.Deleted:
		h.tell(s, hookState(t.To), stateHook(instanceHooks(c), t.To), c.Notify)
	case c.ReportDeleted:
		h.tell(s, "DELETED", c.NotifyDeleted, c.Notify)
	default:
		h.tell(s, hookState(election.FaultState), nil, c.Notify)
	}
}

// groupTransition tells of a sync group's new state. Of one that a reload takes away
// nothing is said, as in keepalived.
func (h *hooks) groupTransition(c *conf.SyncGroup, to election.State) {
	if c.SMTPAlert {
		h.mails.group(c.Name, to)
	}
	if to != election.Deleted {
		h.tell(theGroup(c.Name), hookState(to), stateHook(groupHooks(c), to), c.Notify)
	}
}

// priorityChanged tells the FIFOs of a new effective priority; no script asks for it.
func (h *hooks) priorityChanged(c *conf.Instance, p election.PriorityChange) {
	if c.NotifyPriorityChanges {
		h.pipes.Write(notify.StateLine("INSTANCE", c.Name, priorityState(p.State), int(p.Priority)))
	}
}

// rxLower tells that a master heard an advert of lower priority. There may be many of them,
// so that they must not take the place of transitions in the queue.
func (h *hooks) rxLower(c *conf.Instance, priority uint8) {
	const state = "MASTER_RX_LOWER_PRI"
	h.pipes.Write(notify.StateLine("INSTANCE", c.Name, state, int(priority)))
	if cmd, ok := h.programs[c.NotifyRxLowerPrio]; ok {
		key := theInstance(c.Name, priority).key() + " lower priority:"
		h.queue.Add(notify.Job{Key: key, State: state, Commands: []notify.Command{cmd}})
	}
}

// repeat writes the states of the instances that a reload kept, and those of all groups, into
// the FIFOs once more (fifo_write_vrrp_states_on_reload). keepalived leaves out masters, and
// the members of groups.
func (h *hooks) repeat(vis []*instance, kept map[string]*instance, groups []*group) {
	for _, vi := range vis {
		if s := vi.m.State(); kept[vi.key] == vi && s != election.Init {
			h.pipes.Write(notify.StateLine("INSTANCE", vi.cfg.Name, hookState(s), int(vi.m.Priority())))
		}
	}
	for _, g := range groups {
		if s := g.g.State(); s != election.Init {
			h.pipes.Write(notify.StateLine("GROUP", g.cfg.Name, hookState(s), 0))
		}
	}
}

// drain lets the scripts and the readers of FIFOs come to their end, within limits, and
// ends those that do not.
func (h *hooks) drain() {
	var g errgroup.Group
	g.Go(func() error {
		h.queue.Drain()
		return nil
	})
	g.Go(func() error {
		h.mails.mailer.Drain()
		return nil
	})
	h.pipes.Drain()
	_ = g.Wait() // it has no error
}

// stateHooks are the scripts of the states, of an instance or a group; nil where there is
// none.
type stateHooks struct{ master, backup, fault, stop *conf.Command }

func instanceHooks(c *conf.Instance) stateHooks {
	return stateHooks{c.NotifyMaster, c.NotifyBackup, c.NotifyFault, c.NotifyStop}
}

func groupHooks(c *conf.SyncGroup) stateHooks {
	return stateHooks{c.NotifyMaster, c.NotifyBackup, c.NotifyFault, c.NotifyStop}
}

// stateHook is the script for a state.
func stateHook(h stateHooks, s election.State) *conf.Command {
	switch s {
	case election.Master:
		return h.master
	case election.Backup:
		return h.backup
	case election.FaultState:
		return h.fault
	case election.Stopped:
		return h.stop
	case election.Init, election.Deleted:
	}
	return nil
}

// hookState is how scripts and FIFOs are told a state.
func hookState(s election.State) string {
	switch s {
	case election.Master:
		return "MASTER"
	case election.Backup:
		return "BACKUP"
	case election.FaultState:
		return "FAULT"
	case election.Stopped:
		return "STOP"
	case election.Deleted:
		return "DELETED"
	case election.Init:
	}
	return "INIT"
}

// priorityState is how FIFOs are told in which state the priority changed: whoever is not
// master is a backup, as in keepalived.
func priorityState(s election.State) string {
	if s == election.Master {
		return "MASTER_PRIORITY"
	}
	return "BACKUP_PRIORITY"
}
