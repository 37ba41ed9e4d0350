// SPDX-License-Identifier: Apache-2.0

package conf

// Host is what CheckHost asks the machine.
type Host interface {
	// Interface describes an interface; false if there is none of that name.
	Interface(name string) (HostInterface, bool)
	// User and Group say whether such an account exists.
	User(name string) bool
	Group(name string) bool
	// Executable says why a command cannot be run. A name without a slash is
	// looked for in the PATH.
	Executable(name string) error
}

// RouteNames is what a Host may know besides: the tables of iproute2. kind is table,
// protocol, scope, dsfield, realm or group.
type RouteNames interface {
	RouteName(kind, name string) (int64, bool)
}

// HostInterface is a network interface as far as a configuration depends on it.
type HostInterface struct {
	Loopback  bool
	Multicast bool
	MTU       int // bytes; 0: not known
}

// CheckHost compares a configuration with the machine it is to run on:
// interfaces, users, scripts. It changes nothing.
func CheckHost(cfg *Config, h Host) []Diagnostic {
	k := hostChecker{c: newCollector(), h: h, cfg: cfg}
	k.interfaces()
	k.otherInterfaces()
	k.routeNames()
	k.account(cfg.Global.ScriptUser, cfg.Global.ScriptGroup, cfg.Global.ScriptUserPos, "")
	k.scripts()
	return k.c.list
}

// CheckHost adds what CheckHost finds to l.Diagnostics, with the lines of the
// files, and says whether the configuration can be run on h.
func (l *Loaded) CheckHost(h Host) bool {
	if l.Fatal() {
		return false
	}
	found := CheckHost(l.Config, h)
	fatal := false
	for i, d := range found {
		found[i].Source, found[i].Chain = l.collector.source(d.Pos), l.collector.chain(d.Via)
		fatal = fatal || d.Severity == Fatal
	}
	l.collector.list = append(l.collector.list, found...)
	l.Diagnostics = l.collector.sorted(l.Files)
	return !fatal
}

type hostChecker struct {
	c   *collector
	h   Host
	cfg *Config
	// runs says that at least one script will be run.
	runs Pos
}

// account says whether a user and group can be used.
func (k *hostChecker) account(user, group string, pos Pos, hint string) bool {
	ok := true
	if user != "" && !k.h.User(user) {
		k.c.addHint(codeUser, pos, hint, "user %q does not exist", user)
		ok = false
	}
	if group != "" && !k.h.Group(group) {
		k.c.addHint(codeUser, pos, hint, "group %q does not exist", group)
		ok = false
	}
	return ok
}

func (k *hostChecker) scripts() {
	for _, s := range k.cfg.Scripts {
		k.script(s)
	}
	k.vrrpHooks()
	k.serverScripts()
	if k.runs != (Pos{}) && !k.cfg.Global.EnableScriptSecurity {
		k.c.addHint(codeSecurity, k.runs, "put enable_script_security and a script_user into global_defs",
			"SECURITY VIOLATION - scripts are being executed but script_security not enabled.")
	}
}

// quoteHint explains the usual reason for a user that does not exist.
const quoteHint = "the words behind a script are its user and group: arguments go into the quotes of the command"

// script says whether a vrrp_script can be run. Nothing runs it without an instance.
func (k *hostChecker) script(s *Script) {
	cmd := s.Command
	if !k.account(cmd.User, cmd.Group, cmd.Pos, quoteHint) || len(k.cfg.Instances) == 0 {
		return
	}
	err := k.h.Executable(cmd.Args[0])
	if err != nil {
		k.c.add(codeScript, cmd.Pos, "vrrp_script %s cannot be run: %s", s.Name, err)
	}
	k.willRun(cmd.Pos, err)
}
