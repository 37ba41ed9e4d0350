// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"errors"
	"os"
	"os/user"
	"slices"
	"strconv"

	"vipward/conf"
)

// defaultUser is whom scripts run as when nothing is configured and the user exists.
const defaultUser = "keepalived_script"

// who is whom a program runs as, or a FIFO belongs to.
type who struct {
	uid, gid uint32
	groups   []uint32 // all of the user's; empty: gid alone
}

// account finds a configured user and group, or the default. Where in the file the default
// was set does not matter.
func account(name, group string, supplementary bool, d Defaults) (who, error) {
	if name == "" {
		name, group, supplementary = d.User, d.Group, d.Supplementary
	}
	u, err := lookup(name, d)
	if err != nil {
		return who{}, err
	}
	gid := u.Gid
	if group != "" {
		g, err := user.LookupGroup(group)
		if err != nil {
			return who{}, refuse(UnknownUser, "Script group '%s' does not exist", group)
		}
		gid = g.Gid
	}
	w := who{uid: number(u.Uid), gid: number(gid)}
	if supplementary || d.AllGroups {
		w.groups = allGroups(u, w.gid)
	}
	return w, nil
}

// lookup finds a user. Without a name it is keepalived's or, where security is not asked
// for, the daemon's own.
func lookup(name string, d Defaults) (*user.User, error) {
	missing := name
	if name == "" {
		missing = defaultUser
	}
	u, err := user.Lookup(missing)
	switch {
	case err == nil:
		return u, nil
	case name == "" && !d.Secure:
		return self(), nil
	}
	return nil, refuse(UnknownUser, "Script user '%s' does not exist", missing)
}

// self is the daemon's user.
func self() *user.User {
	u := &user.User{Uid: strconv.Itoa(os.Geteuid()), Gid: strconv.Itoa(os.Getegid())}
	if known, err := user.LookupId(u.Uid); err == nil {
		u.Username = known.Username
	}
	return u
}

// allGroups lists a group and all others of a user.
func allGroups(u *user.User, gid uint32) []uint32 {
	groups := []uint32{gid}
	ids, err := u.GroupIds()
	if err != nil {
		return groups // a user without a name has no others
	}
	for _, id := range ids {
		if g := number(id); !slices.Contains(groups, g) {
			groups = append(groups, g)
		}
	}
	return groups
}

// ResolveOwner finds whom a FIFO belongs to. Where the default user of scripts cannot be
// found it is the daemon itself: nothing is run as that user.
func ResolveOwner(f conf.FIFO, d Defaults) (Owner, error) {
	w, err := account(f.User, f.Group, false, d)
	var re *ResolveError
	if f.User == "" && errors.As(err, &re) {
		return Owner{uint32(os.Geteuid()), uint32(os.Getegid())}, nil
	}
	return Owner{w.uid, w.gid}, err
}

// number is a user or group number of the system's own data base.
func number(s string) uint32 {
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil {
		return ^uint32(0) // refused by the kernel when it is used
	}
	return uint32(n)
}

// DefaultsOf takes the defaults from a configuration.
func DefaultsOf(g conf.Global) Defaults {
	return Defaults{
		User: g.ScriptUser, Group: g.ScriptGroup, Supplementary: g.ScriptSupplementary,
		AllGroups: g.Daemon.SetSupplementary, Secure: g.EnableScriptSecurity, Links: g.Daemon.UseSymlinkPaths,
	}
}
