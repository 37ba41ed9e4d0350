// SPDX-License-Identifier: Apache-2.0

package main

func showHelp(o *options, _, _ string) {
	o.err += helpText
	o.done = true
}

const helpText = `Usage: vipward [OPTION...]
       vipward COMMAND [ARGUMENT...]
  -f, --use-file=FILE          Use this configuration file
                                 default '/etc/keepalived/keepalived.conf'
  -e, --all-config             Refuse a configuration if an include finds nothing
  -i, --config-id=ID           Take the lines that begin with @ID
                                 default the host's name up to the first dot
  -P, --vrrp                   Run VRRP only
  -C, --check                  Run health checks and IPVS only
      --all                    Start every child process, even without configuration
  -n, --dont-fork              Stay in the foreground
  -l, --log-console            Log to standard error as well
  -D, --log-detail             Log details
  -S, --log-facility=([0-7]|local[0-7]|user|daemon)
                               Use this syslog facility (default daemon)
  -g, --log-file[=FILE]        Log to FILE, FILE_vrrp and FILE_check (before the extension)
                                 default keepalived.log in /tmp or $TMPDIR
      --flush-log-file         Accepted: lines are written at once
  -G, --no-syslog              Do not log to syslog
  -V, --dont-release-vrrp      Leave addresses and routes where they are at the stop
  -I, --dont-release-ipvs      Leave virtual servers in the kernel at the stop
  -X, --release-vips           At the stop remove addresses that a backup finds, too
  -R, --dont-respawn           End when a child process dies
  -d, --dump-conf              Log the configuration as understood
  -u, --umask=MASK             Use this umask for new files (default 0177)
  -p, --pid=FILE               pid file (default '/run/keepalived.pid')
  -r, --vrrp_pid=FILE          pid file of the VRRP child (default '/run/vrrp.pid')
  -c, --checkers_pid=FILE      pid file of the checker child (default '/run/checkers.pid')
  -s, --namespace=NAME         Run in this network namespace
  -t, --config-test[=FILE]     Check the configuration, write what is wrong to FILE
                                 (default standard error), and exit
      --control=SOCKET         Local API, which the commands below use; "none" for none
                                 default '/run/vipward/control.sock', none with -p
      --control-group=GROUP    Let this group use the local API, too (default root only)
      --metrics=ADDRESS:PORT   Serve metrics for Prometheus there (default nowhere)
      --page=[ADDRESS:]PORT    Serve a status page there, which changes nothing (default
                                 nowhere; without an address for this machine alone)
      --signum=SIGFUNC         Print the signal number for STOP, RELOAD, DATA, STATS,
                                 STATS_CLEAR or JSON
  -T, --genhash                As the first word: be genhash, which prints the digest of
                                 a page (-T -h says more); so does the name genhash
  -v, --version                Print the version
  -h, --help                   Print this text

Commands (the first word; each has its own --help):
  check [FILE...]              Say what is wrong or doubtful in a configuration
  plan [[OLD] NEW]             Say what a reload would change
  fmt [FILE...]                Lay out configuration files in the canonical way
  config dump FILE             Print a configuration as understood, no secrets
  status [--watch] [--json]    Show what the running daemon does
  explain [NAME]               Say why an instance or a server is as it is
  events [--once] [--json]     Show what happened and what happens
  reload                       Read the configuration again, tell the outcome
  failover INSTANCE            Hand the mastership to a router that is ready
  maintenance NAME on|off      Rest, or take a real server out of service
  drain ADDRESS:PORT           Give a real server no new connections
  undrain ADDRESS:PORT         Treat a real server as it is configured again
  weight ADDRESS:PORT WEIGHT   Give a real server another weight
  pause ADDRESS:PORT           Stop checks; their verdicts stay
  resume ADDRESS:PORT          Let paused checks go on
  doctor [FILE]                Say whether this machine is ready
  completion bash|zsh|fish     Print a completion script for a shell

  Exit status: 0 done; 1 refused, or wrong use; 2 something is wrong with the
  configuration or this machine; 3 no daemon answers.

Accepted for keepalived's sake, without effect: -B -b; not yet: -a -x -A -m -M -L.
`
