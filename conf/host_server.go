// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"errors"
	"io/fs"
	"os/exec"
)

// serverScripts compares the scripts of virtual servers with the machine.
func (k *hostChecker) serverScripts() {
	for _, vs := range k.cfg.VirtualServers {
		title := "virtual server " + vs.Service() + ":"
		k.hook(title, "quorum_up", vs.QuorumUp)
		k.hook(title, "quorum_down", vs.QuorumDown)
		for _, rs := range vs.RealServers {
			k.hook(title, "notify_up", rs.NotifyUp)
			k.hook(title, "notify_down", rs.NotifyDown)
			for _, c := range rs.Checkers {
				if c.Misc != nil {
					k.misc(rs, c)
				}
			}
		}
	}
}

// hook says whether a script that is told of changes can be run. keepalived leaves out
// those that are not there without calling it a mistake.
func (k *hostChecker) hook(of, word string, cmd *Command) {
	if cmd == nil || !k.known(codeHookUser, *cmd, word) {
		return
	}
	err := k.h.Executable(cmd.Args[0])
	if err != nil {
		k.c.add(codeCheckScript, cmd.Pos, "%s %s cannot be run: %s", of, word, err)
	}
	k.willRun(cmd.Pos, err)
}

// misc says whether the script of a check can be run. A check whose script is gone
// does not count, which leaves its real server up.
func (k *hostChecker) misc(rs *RealServer, c *Checker) {
	cmd := c.Misc.Command
	if !k.known(codeUser, cmd, "MISC_CHECK") {
		return
	}
	err := k.h.Executable(cmd.Args[0])
	if err != nil {
		k.c.addHint(codeCheckScript, cmd.Pos, "without another check the real server counts as up",
			"real server %s: MISC_CHECK cannot be run and is ignored: %s", endpoint{rs.Addr, rs.Port}, err)
	}
	k.willRun(cmd.Pos, err)
}

// known says whether the user and the group of a command exist.
func (k *hostChecker) known(as code, cmd Command, what string) bool {
	switch {
	case cmd.User != "" && !k.h.User(cmd.User):
		k.c.addHint(as, cmd.Pos, quoteHint, "%s: user %q does not exist; it is ignored", what, cmd.User)
	case cmd.Group != "" && !k.h.Group(cmd.Group):
		k.c.addHint(as, cmd.Pos, quoteHint, "%s: group %q does not exist; it is ignored", what, cmd.Group)
	default:
		return true
	}
	return false
}

// willRun notes that at least one script is there: its permissions matter even while
// it cannot be run.
func (k *hostChecker) willRun(pos Pos, err error) {
	gone := errors.Is(err, fs.ErrNotExist) || errors.Is(err, exec.ErrNotFound)
	if !gone && k.runs == (Pos{}) {
		k.runs = pos
	}
}
