// SPDX-License-Identifier: Apache-2.0

package main

import (
	"path/filepath"
	"strconv"
	"strings"

	"vipward/conf"
)

// options is what the command line says.
type options struct {
	identity identity

	config     string // absolute
	reading    conf.Options
	foreground bool
	console    bool
	detail     bool
	noSyslog   bool
	facility   int // syslog's number
	dumpConfig bool
	noRespawn  bool
	logFile    string // "": keepalived.log in the directory of dumps
	logToFile  bool
	umask      int // -1: as the configuration says

	vrrp    bool // -P
	checker bool // -C
	all     bool // start every child even without configuration

	keepVRRP    bool // -V: leave addresses and routes at the stop, and stay silent
	keepIPVS    bool // -I: leave the IPVS table at the stop, and tell nobody
	releaseVIPs bool // -X: at the stop remove the addresses of backups too

	namespace string // -s: instead of the configuration's net_namespace

	pid        string // absolute
	vrrpPID    string
	checkerPID string

	control      string // socket of the local API; empty: the default one, noControl: none
	controlGroup string // may use it as well
	metrics      string // address that metrics are served at; empty: none
	page         string // address or port that the status page is served at; empty: none

	test     bool
	testFile string // empty: standard error

	done bool   // an option said all: exit with 0
	out  string // text for standard output
	err  string // text for standard error
}

// The defaults, which are keepalived's: vipward takes its place.
const (
	defaultConfig     = "/etc/keepalived/keepalived.conf"
	defaultPID        = "/run/keepalived.pid"
	defaultVRRPPID    = "/run/vrrp.pid"
	defaultCheckerPID = "/run/checkers.pid"
	defaultUmask      = 0o177
)

// parseArgs reads the command line without the program's name. Texts for the user are
// collected in the options; the error says that the program must not start.
func parseArgs(argv0 string, args []string) (options, error) {
	o := options{
		identity: identityOf(argv0),
		config:   defaultConfig, facility: facilityDaemon, umask: -1,
		pid: defaultPID, vrrpPID: defaultVRRPPID, checkerPID: defaultCheckerPID,
	}
	s := scanner{opts: &o, rest: args}
	s.table = s.optionTable()
	s.scan()
	if o.done {
		return o, nil // whatever was wrong before it
	}
	if s.bad {
		return o, errUsage
	}
	if len(s.words) > 0 {
		o.out += "Unexpected argument(s): " + strings.Join(s.words, " ") + "\n"
	}
	return o, o.absolute()
}

// absolute makes the paths independent of the working directory: a daemon leaves it.
func (o *options) absolute() error {
	for _, p := range []*string{&o.config, &o.pid, &o.vrrpPID, &o.checkerPID} {
		abs, err := filepath.Abs(*p)
		if err != nil {
			o.complain("find the working directory: %v", err)
			return errUsage
		}
		*p = abs
	}
	if o.control == "" || o.control == noControl {
		return nil
	}
	abs, err := filepath.Abs(o.control)
	if err != nil {
		o.complain("find the working directory: %v", err)
		return errUsage
	}
	o.control = abs
	return nil
}

func on(f func(*options)) func(*options, string, string) {
	return func(o *options, _, _ string) { f(o) }
}

func text(f func(*options) *string) func(*options, string, string) {
	return func(o *options, _, value string) { *f(o) = value }
}

// ignored is an option whose absence does no harm.
func ignored(o *options, name, _ string) {
	o.complain("option %s is not supported yet, it is ignored", name)
}

// refused is an option that must not be ignored: the user would get something else.
func (s *scanner) refused(o *options, name, _ string) {
	o.complain("option %s is not supported yet", name)
	s.bad = true
}

// genhash is another program in the same file: what follows it is not for us.
func (s *scanner) genhash(o *options, name, value string) {
	s.refused(o, name, value)
	s.rest = nil
}

func setFacility(o *options, _, value string) {
	f, ok := parseFacility(value)
	if !ok {
		o.complain("Invalid log facility '%s'", value)
		return
	}
	o.facility = f
}

func setUmask(o *options, _, value string) {
	mask, err := strconv.ParseUint(value, 0, 16)
	if err != nil || mask > 0o777 {
		o.complain("Invalid --umask option %s", value)
		return
	}
	o.umask = int(mask)
}

// fileMask is the umask, with a configuration once there is one.
func (o *options) fileMask(cfg *conf.Config) int {
	switch {
	case o.umask >= 0:
		return o.umask
	case cfg != nil && cfg.Global.Daemon.Umask != nil:
		return *cfg.Global.Daemon.Umask
	}
	return defaultUmask
}

func setTest(o *options, _, value string) { o.test, o.testFile = true, value }
