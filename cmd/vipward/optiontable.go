// SPDX-License-Identifier: Apache-2.0

package main

// optionTable lists the options of keepalived.
func (s *scanner) optionTable() []option {
	return []option{
		{'f', "use-file", needArg, text(func(o *options) *string { return &o.config })},
		{'e', "all-config", noArg, on(func(o *options) { o.reading.AllIncludes = true })},
		{'i', "config-id", needArg, text(func(o *options) *string { return &o.reading.ConfigID })},
		{'P', "vrrp", noArg, on(func(o *options) { o.vrrp = true })},
		{'C', "check", noArg, on(func(o *options) { o.checker = true })},
		{'B', "no_bfd", noArg, on(func(*options) {})}, // there is none to leave out
		{0, "all", noArg, on(func(o *options) { o.all = true })},
		{'l', "log-console", noArg, on(func(o *options) { o.console = true })},
		{'D', "log-detail", noArg, on(func(o *options) { o.detail = true })},
		{'S', "log-facility", needArg, setFacility},
		{'g', "log-file", mayArg, func(o *options, _, value string) { o.logToFile, o.logFile = true, value }},
		{0, "flush-log-file", noArg, on(func(*options) {})}, // it always is
		{'G', "no-syslog", noArg, on(func(o *options) { o.noSyslog = true })},
		{'u', "umask", needArg, setUmask},
		{'R', "dont-respawn", noArg, on(func(o *options) { o.noRespawn = true })},
		{'n', "dont-fork", noArg, on(func(o *options) { o.foreground = true })},
		{'d', "dump-conf", noArg, on(func(o *options) { o.dumpConfig = true })},
		{'p', "pid", needArg, text(func(o *options) *string { return &o.pid })},
		{'r', "vrrp_pid", needArg, text(func(o *options) *string { return &o.vrrpPID })},
		{'c', "checkers_pid", needArg, text(func(o *options) *string { return &o.checkerPID })},
		{'b', "bfd_pid", needArg, on(func(*options) {})}, // no such child, so no such file
		{'V', "dont-release-vrrp", noArg, on(func(o *options) { o.keepVRRP = true })},
		{'I', "dont-release-ipvs", noArg, on(func(o *options) { o.keepIPVS = true })},
		{'X', "release-vips", noArg, on(func(o *options) { o.releaseVIPs = true })},
		{0, "control", needArg, text(func(o *options) *string { return &o.control })},
		{0, "control-group", needArg, text(func(o *options) *string { return &o.controlGroup })},
		{0, "metrics", needArg, text(func(o *options) *string { return &o.metrics })},
		{0, "page", needArg, text(func(o *options) *string { return &o.page })},
		{'t', "config-test", mayArg, setTest},
		{0, "signum", needArg, s.signum},
		{'v', "version", noArg, showVersion},
		{'h', "help", noArg, showHelp},

		{'a', "address-monitoring", noArg, ignored},
		{'x', "snmp", noArg, ignored},
		{'A', "snmp-agent-socket", needArg, ignored},
		{'m', "core-dump", noArg, ignored},
		{'M', "core-dump-pattern", mayArg, ignored},
		{'L', "", noArg, ignored},

		{'s', "namespace", needArg, text(func(o *options) *string { return &o.namespace })},
		{'T', "genhash", noArg, s.genhash},
	}
}
