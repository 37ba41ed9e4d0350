// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"strconv"
	"strings"

	"vipward/checker"
	"vipward/conf"
	"vipward/control"
	"vipward/watchdog"
)

// reload is `vipward reload`: it waits for the outcome. It exits with 2 when the files were
// refused, and with 1 when a process goes on with the old configuration.
func (c *toolCall) reload() int {
	client := c.connects()
	if code, ok := c.parse(0, 0); !ok {
		return code
	}
	ctx, stop := interruptible()
	defer stop()
	cl := client()
	r, err := cl.Reload(ctx)
	if err != nil {
		return c.failed(err)
	}
	code := c.reloaded(r)
	if b, err := cl.Raw(ctx, "/v1/diagnostics"); err == nil { // else the outcome was told all the same
		c.findings(b, code == exitConfig)
	}
	return code
}

// reloaded tells the outcome.
func (c *toolCall) reloaded(r watchdog.ReloadResult) int {
	switch {
	case r.Refused != "":
		fmt.Fprintln(c.stderr, "refused, the running configuration stays: "+clean(r.Refused))
		return exitConfig
	case len(r.Problems) > 0:
		for _, p := range r.Problems {
			fmt.Fprintln(c.stderr, clean(p))
		}
		return exitFatal
	}
	_, err := fmt.Fprintf(c.stdout, "reloaded in %d ms\n", r.Ended.Sub(r.Began).Milliseconds())
	return c.written(err)
}

// loadFinding is a diagnostic as the local API gives it.
type loadFinding struct {
	File, Severity, Code, Message, Hint string
	Line, Column                        int
}

// findings shows what a reload had against the files.
func (c *toolCall) findings(b []byte, refused bool) {
	var answer struct{ Running, Refused []loadFinding }
	if json.Unmarshal(b, &answer) != nil {
		return // the outcome was told already
	}
	list := answer.Running
	if refused {
		list = answer.Refused
	}
	for _, d := range list {
		if d.Severity == conf.Note.String() {
			continue
		}
		fmt.Fprintln(c.stderr, clean(fmt.Sprintf("%s:%d:%d: %s: %s [%s]", d.File, d.Line, d.Column, d.Severity, d.Message, d.Code)))
	}
}

// failover is `vipward failover`.
func (c *toolCall) failover() int {
	force := c.flags.Bool("force", false, "step down even if no other router takes over")
	client := c.connects()
	if code, ok := c.parse(1, 1); !ok {
		return code
	}
	ctx, stop := interruptible()
	defer stop()
	r, err := client().Failover(ctx, c.args[0], *force)
	if ctx.Err() != nil {
		return c.fail(fmt.Errorf("interrupted: %s gets its priority back, unless another router was faster (vipward status says)", c.args[0]))
	}
	if err != nil {
		return c.failed(err)
	}
	if r.Problem != "" {
		fmt.Fprintln(c.stderr, "vipward failover: "+clean(r.Problem))
	}
	_, err = io.WriteString(c.stdout, failoverText(r))
	return c.written(err)
}

func failoverText(r control.FailoverResult) string {
	text := fmt.Sprintf("%s: %s is master now (%.1f s)", r.Instance, r.Master, r.Seconds)
	switch {
	case r.Master == "":
		text = fmt.Sprintf("%s: this node has stepped down (%.1f s), and has heard no other master yet", r.Instance, r.Seconds)
	case r.Forced:
		text += ", after this node has stepped down"
	}
	return clean(text) + "\n" + clean(fmt.Sprintf("it rests here until: vipward maintenance %s off", r.Instance)) + "\n"
}

// maintenance is `vipward maintenance`: of an instance, a sync group or a real server.
func (c *toolCall) maintenance() int {
	service := c.flags.String("service", "", "of this virtual server only (default: of all that have the real server)")
	client := c.connects()
	if code, ok := c.parse(2, 2); !ok {
		return code
	}
	if c.args[1] != "on" && c.args[1] != "off" {
		return c.fail(fmt.Errorf("%q is neither on nor off", c.args[1]))
	}
	on := c.args[1] == "on"
	if _, err := netip.ParseAddrPort(c.args[0]); err == nil {
		o := checker.Order{Service: *service, Hold: checker.HoldNone}
		if on {
			o.Hold = checker.HoldMaintenance
		}
		return c.order(client(), o)
	}
	ctx, stop := interruptible()
	defer stop()
	if err := client().Maintenance(ctx, c.args[0], on); err != nil {
		return c.failed(err)
	}
	return c.done("maintenance %s: %s", c.args[0], c.args[1])
}

// drain is `vipward drain`, and undrain takes every order back.
func (c *toolCall) drain() int   { return c.hold(checker.HoldDrain) }
func (c *toolCall) undrain() int { return c.hold(checker.HoldNone) }

func (c *toolCall) hold(h checker.Hold) int {
	service := c.flags.String("service", "", "of this virtual server only (default: of all that have the real server)")
	client := c.connects()
	if code, ok := c.parse(1, 1); !ok {
		return code
	}
	return c.order(client(), checker.Order{Service: *service, Hold: h})
}

// weight is `vipward weight`.
func (c *toolCall) weight() int {
	service := c.flags.String("service", "", "of this virtual server only (default: of all that have the real server)")
	client := c.connects()
	if code, ok := c.parse(2, 2); !ok {
		return code
	}
	n, err := strconv.ParseInt(c.args[1], 10, 32)
	if err != nil || n < 0 {
		return c.fail(fmt.Errorf("%q is not a weight (0 to 2147483647)", c.args[1]))
	}
	return c.order(client(), checker.Order{Service: *service, Hold: checker.HoldWeight, Weight: int(n)})
}

// order gives an order for the real server that the first argument names.
func (c *toolCall) order(client *control.Client, o checker.Order) int {
	server, err := netip.ParseAddrPort(c.args[0])
	if err != nil {
		return c.fail(fmt.Errorf("%q is not an address with a port (192.0.2.1:80, [2001:db8::1]:80)", c.args[0]))
	}
	o.Server = server
	ctx, stop := interruptible()
	defer stop()
	if err := client.Order(ctx, o); err != nil {
		return c.failed(err)
	}
	st, err := client.State(ctx)
	if err != nil {
		return c.failed(fmt.Errorf("it is done, but how it looks now is not known: %w", err))
	}
	_, err = io.WriteString(c.stdout, orderText(st, o))
	return c.written(err)
}

// orderText tells how the real servers of an order are now.
func orderText(st *control.State, o checker.Order) string {
	var b strings.Builder
	if st.Checker == nil {
		return "" // it has just died; its successor keeps the order
	}
	for _, vs := range st.Checker.Virtuals {
		if o.Service != "" && o.Service != vs.Name && o.Service != vs.Service {
			continue
		}
		for _, rs := range vs.Reals {
			if rs.Address == o.Server {
				b.WriteString(clean(serverText(vs, rs)) + "\n")
			}
		}
	}
	return b.String()
}

// serverText tells in a line how a real server is.
func serverText(vs checker.VirtualView, rs checker.RealView) string {
	text := fmt.Sprintf("%s of %s: %s, weight %d", rs.Address, vs.Service, strings.ToLower(rs.State()), rs.Weight)
	if rs.Weight != rs.Configured {
		text += fmt.Sprintf(" (configured %d)", rs.Configured)
	}
	if !rs.Alive && !strings.HasPrefix(rs.State(), "DOWN") {
		text += ", down by its checks"
	}
	if rs.Load != nil {
		text += fmt.Sprintf(", active connections: %d", rs.Load.Active)
	}
	return text
}

func (c *toolCall) done(format string, args ...any) int {
	_, err := fmt.Fprintf(c.stdout, format+"\n", args...)
	return c.written(err)
}
