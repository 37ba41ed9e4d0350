// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"vipward/conf"
	"vipward/control"
	"vipward/watchdog"
)

// noControl as the value of --control turns the local API off.
const noControl = "none"

// socketPath is where the local API is to be; empty: nowhere. A daemon with a pid file of
// its own is not the host's one, so it takes no socket that it is not told.
func (o *options) socketPath() string {
	switch {
	case o.control == noControl:
		return ""
	case o.control != "":
		return o.control
	case o.pid == defaultPID:
		return control.DefaultSocket
	}
	return ""
}

// lookout is the parent's side of the local API; nil: there is none.
type lookout struct {
	desk   *watchdog.Desk
	server *control.Server
	control.Listeners
}

// openControl listens for the local API, if it is wanted. Without it the daemon works as
// well: what is wrong is only logged.
func (c *command) openControl(log *slog.Logger) *lookout {
	path := c.opts.socketPath()
	if path == "" && c.opts.metrics == "" && c.opts.page == "" {
		return nil
	}
	group, err := groupID(c.opts.controlGroup)
	if err != nil {
		log.Warn(err.Error())
	}
	l := &lookout{desk: watchdog.NewDesk()}
	if path != "" {
		if l.Socket, err = control.Listen(path, group); err != nil {
			log.Log(context.Background(), c.controlLevel(), err.Error())
			l.Socket = nil // an interface that holds a nil pointer is not nil
		} else if group != control.Nobody {
			report(log, control.CheckGroup(path, group))
		}
	}
	l.Metrics = listenTCP(log, "metrics", c.opts.metrics)
	l.Page = listenTCP(log, "status page", localAddress(c.opts.page))
	l.server = control.NewServer(control.Options{
		Daemon: l.desk, Version: versionName(), Group: group, Log: log,
		Configuration: c.facts.get,
	})
	return l
}

// listenTCP listens at an address, if there is one. What is wrong is logged.
func listenTCP(log *slog.Logger, what, address string) net.Listener {
	if address == "" {
		return nil
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		log.Warn(what + ": " + err.Error())
		return nil // an interface that holds a nil pointer is not nil
	}
	return l
}

// localAddress is where the page is served: at this host alone, if no address is named.
func localAddress(address string) string {
	switch host, port, err := net.SplitHostPort(address); {
	case address == "":
		return ""
	case err != nil && !strings.ContainsAny(address, ":[]"):
		return net.JoinHostPort("127.0.0.1", address)
	case err == nil && host == "":
		return net.JoinHostPort("127.0.0.1", port)
	}
	return address
}

// controlLevel is how loud a socket that cannot be made is: one that nobody asked for is a
// detail.
func (c *command) controlLevel() slog.Level {
	if c.opts.control == "" {
		return slog.LevelDebug
	}
	return slog.LevelWarn
}

// groupID looks a group up, by name or number.
func groupID(name string) (int, error) {
	if name == "" {
		return control.Nobody, nil
	}
	if id, err := strconv.ParseUint(name, 10, 31); err == nil {
		return int(id), nil
	}
	g, err := user.LookupGroup(name)
	if err != nil {
		return control.Nobody, fmt.Errorf("the local API stays root's: %w", err)
	}
	id, err := strconv.Atoi(g.Gid)
	if err != nil {
		return control.Nobody, fmt.Errorf("the local API stays root's: group %s has the number %q", name, g.Gid)
	}
	return id, nil
}

// serve serves until ctx ends. A failure is no reason to end the daemon.
func (l *lookout) serve(ctx context.Context, log *slog.Logger) error {
	if err := l.server.Serve(ctx, l.Listeners); err != nil {
		log.Error("local API: " + err.Error())
	}
	return nil
}

// watch lets a supervisor serve the API.
func (l *lookout) watch(o *watchdog.Options) {
	if l == nil {
		return
	}
	o.Desk, o.Told, o.Lived, o.Loaded = l.desk, l.server.Told, l.server.Lived, l.server.Loaded
	phase := o.Phase
	o.Phase = func(p watchdog.Phase) {
		phase(p)
		l.server.Phase(p)
	}
}

// configFacts is what the local API tells of the configuration. The supervisor's helper
// writes it and requests read it.
type configFacts struct {
	now atomic.Pointer[control.Configuration]
}

func (f *configFacts) get() control.Configuration {
	if c := f.now.Load(); c != nil {
		return *c
	}
	return control.Configuration{}
}

// loaded notes a configuration that runs from now on.
func (f *configFacts) loaded(o *options, diags []conf.Diagnostic, plan watchdog.Plan) {
	path, err := filepath.Abs(o.config)
	if err != nil {
		path = o.config // whoever reads it has to know where we were started
	}
	f.now.Store(&control.Configuration{Path: path, ID: o.reading.ConfigID, At: time.Now(), Diagnostics: diags, Snapshot: plan.Snapshot})
}

// refused notes one that does not.
func (f *configFacts) refused(diags []conf.Diagnostic) {
	c := f.get()
	c.Refused = append([]conf.Diagnostic{}, diags...)
	f.now.Store(&c)
}

// note takes the outcome of a load.
func (f *configFacts) note(o *options, r reading, plan watchdog.Plan, err error) {
	switch {
	case err == nil:
		f.loaded(o, r.Diagnostics, plan)
	case !errors.Is(err, errNoConfig):
		f.refused(r.Diagnostics)
	}
}
