// SPDX-License-Identifier: Apache-2.0

package main

func showHelp(o *options, _, _ string) {
	o.err += helpText
	o.done = true
}

const helpText = `Usage: vipward [OPTION...]
  -f, --use-file=FILE          Use this configuration file
                                 default '/etc/keepalived/keepalived.conf'
  -P, --vrrp                   Run VRRP only
  -C, --check                  Run health checks and IPVS only
      --all                    Start every child process, even without configuration
  -n, --dont-fork              Stay in the foreground
  -l, --log-console            Log to standard error as well
  -D, --log-detail             Log details
  -S, --log-facility=([0-7]|local[0-7]|user|daemon)
                               Use this syslog facility (default daemon)
  -G, --no-syslog              Do not log to syslog
  -R, --dont-respawn           End when a child process dies
  -d, --dump-conf              Log the configuration as understood
  -u, --umask=MASK             Use this umask for new files (default 0177)
  -p, --pid=FILE               pid file (default '/run/keepalived.pid')
  -r, --vrrp_pid=FILE          pid file of the VRRP child (default '/run/vrrp.pid')
  -c, --checkers_pid=FILE      pid file of the checker child (default '/run/checkers.pid')
  -t, --config-test[=FILE]     Check the configuration, write what is wrong to FILE
                                 (default standard error), and exit
      --signum=SIGFUNC         Print the signal number for STOP, RELOAD, DATA, STATS,
                                 STATS_CLEAR or JSON
  -v, --version                Print the version
  -h, --help                   Print this text

Accepted for keepalived's sake, without effect: -B -b; not yet: -X -V -I -a -e -i -x -A -m -M -g -L.
Refused, because ignoring them would mislead: -s -T.
`
