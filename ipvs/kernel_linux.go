// SPDX-License-Identifier: Apache-2.0

package ipvs

import (
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"syscall"

	moby "github.com/moby/ipvs"
	"github.com/sirupsen/logrus"
	"github.com/vishvananda/netlink"
)

// ErrNoIPVS is returned by [Open] when the kernel has no IPVS.
var ErrNoIPVS = errors.New("the kernel has no IPVS (module ip_vs): virtual servers cannot be balanced")

// kernel is the table of the network namespace that it was opened in.
type kernel struct {
	settings *moby.Handle
	links    *netlink.Handle // of the same namespace
	conn     *conn
}

// Open opens the table of the calling thread's network namespace. It loads the
// module ip_vs when it is not there yet.
func Open() (Kernel, error) {
	family, err := probe()
	if err != nil {
		return nil, err
	}
	// The library reports a missing module here, on standard error. It has
	// been seen to be there.
	logrus.SetOutput(io.Discard)
	settings, err := moby.New("")
	if err != nil {
		return nil, fmt.Errorf("open IPVS: %w", err)
	}
	sock, err := dial()
	if err != nil {
		settings.Close()
		return nil, fmt.Errorf("open IPVS: %w", err)
	}
	k := &kernel{settings: settings, conn: &conn{socket: sock, family: family}}
	if k.links, err = netlink.NewHandle(syscall.NETLINK_ROUTE); err != nil {
		return nil, errors.Join(fmt.Errorf("open IPVS: %w", err), k.Close())
	}
	return k, nil
}

// probe gives the number of the netlink family. The library's own look-up is
// done once for ever and does not report that there is none.
func probe() (uint16, error) {
	family, err := netlink.GenlFamilyGet("IPVS")
	if errors.Is(err, syscall.ENOENT) {
		loadModule()
		family, err = netlink.GenlFamilyGet("IPVS")
	}
	switch {
	case errors.Is(err, syscall.ENOENT):
		return 0, ErrNoIPVS
	case err != nil:
		return 0, fmt.Errorf("look for IPVS in the kernel: %w", err)
	}
	return family.ID, nil
}

// loadModule asks for ip_vs. It need not succeed: where modprobe is missing or
// forbidden the module may be built in, and the caller looks again.
func loadModule() {
	for _, path := range []string{"/sbin/modprobe", "/usr/sbin/modprobe"} {
		if exec.Command(path, "-q", "ip_vs").Run() == nil {
			return
		}
	}
}

// Close releases the sockets.
func (k *kernel) Close() error {
	k.settings.Close()
	if k.links != nil {
		k.links.Close()
	}
	return k.conn.Close()
}

// Table reads all services and their destinations.
func (k *kernel) Table() (Table, error) {
	services, err := k.Services()
	if err != nil {
		return nil, err
	}
	t := make(Table, 0, len(services))
	for _, svc := range services {
		dests, err := k.Dests(svc.Key, nil)
		if err != nil {
			return nil, err
		}
		t = append(t, Entry{Service: svc, Dests: dests})
	}
	return t, nil
}

// Services reads all services without their destinations.
func (k *kernel) Services() ([]Service, error) {
	services, err := k.conn.services()
	if err != nil {
		return nil, fmt.Errorf("list IPVS services: %w", err)
	}
	return services, nil
}

// Dests reads the destinations of a service, none if it is not there.
func (k *kernel) Dests(key Key, room []Dest) ([]Dest, error) {
	dests, err := k.conn.dests(key, room)
	if err != nil {
		return nil, fmt.Errorf("list IPVS destinations of %s: %w", key, err)
	}
	slices.Reverse(dests) // the kernel has the newest first; Plan is quicker with equal orders
	return dests, nil
}

// Apply does the ops in order, in batches.
func (k *kernel) Apply(ops []Op) []error { return k.conn.settle(ops) }

// Stats reads the counters of all services, also those of others.
func (k *kernel) Stats() ([]ServiceStats, error) {
	c := k.conn
	list, err := listAll(c, nil, func(seq uint32) { c.out.services(c.family, seq) }, decodeServiceStats)
	if err != nil {
		return nil, fmt.Errorf("list the counters of IPVS: %w", err)
	}
	for i := range list {
		s := &list[i]
		s.Dests, err = listAll(c, nil, func(seq uint32) { c.out.dests(c.family, seq, s.Key) }, decodeDestStats)
		if err != nil {
			return nil, fmt.Errorf("list the counters of %s: %w", s.Key, err)
		}
	}
	return list, nil
}

// mtuOf is the MTU of an interface; 0 when there is none of that name.
func (k *kernel) mtuOf(name string) int {
	link, err := k.links.LinkByName(name)
	if err != nil {
		return 0 // the start of the daemon says so
	}
	return link.Attrs().MTU
}

// Daemons lists the sync daemons that run.
func (k *kernel) Daemons() ([]Daemon, error) {
	c := k.conn
	list, err := listAll(c, nil, func(seq uint32) { c.out.daemons(c.family, seq) }, decodeDaemon)
	if err != nil {
		return nil, fmt.Errorf("list the sync daemons of IPVS: %w", err)
	}
	return list, nil
}

// SetDaemons makes the kernel run these sync daemons and no others. Those that run as
// wanted go on.
func (k *kernel) SetDaemons(want []Daemon) (int, error) {
	have, err := k.Daemons()
	if err != nil {
		return 0, err
	}
	var errs []error
	stop, start := planDaemons(have, want, k.mtuOf)
	for _, s := range stop {
		if err := k.conn.request(func(m *message, seq uint32) { m.stopDaemon(k.conn.family, seq, s) }); err != nil && !errors.Is(err, syscall.ESRCH) {
			errs = append(errs, fmt.Errorf("stop the %s sync daemon of IPVS: %w", s, err))
		}
	}
	for _, d := range start {
		if err := k.conn.request(func(m *message, seq uint32) { m.startDaemon(k.conn.family, seq, d) }); err != nil {
			errs = append(errs, fmt.Errorf("start the %s sync daemon of IPVS on %s: %w", d.Side, d.Interface, err))
		}
	}
	return max(len(stop), len(start)), errors.Join(errs...)
}

// Flush removes all services, also those of others.
func (k *kernel) Flush() error {
	if err := k.settings.Flush(); err != nil {
		return fmt.Errorf("flush the IPVS table: %w", err)
	}
	return nil
}

// Timeouts reads the timeouts of connections.
func (k *kernel) Timeouts() (Timeouts, error) {
	c, err := k.settings.GetConfig()
	if err != nil {
		return Timeouts{}, fmt.Errorf("read the IPVS timeouts: %w", err)
	}
	return Timeouts{TCP: c.TimeoutTCP, TCPFin: c.TimeoutTCPFin, UDP: c.TimeoutUDP}, nil
}

// SetTimeouts sets the timeouts of connections.
func (k *kernel) SetTimeouts(t Timeouts) error {
	err := k.settings.SetConfig(&moby.Config{TimeoutTCP: t.TCP, TimeoutTCPFin: t.TCPFin, TimeoutUDP: t.UDP})
	if err != nil {
		return fmt.Errorf("set the IPVS timeouts: %w", err)
	}
	return nil
}
