// SPDX-License-Identifier: Apache-2.0

package ipvs

import (
	"errors"
	"fmt"
	"io"
	"os/exec"
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
	return &kernel{settings: settings, conn: &conn{socket: sock, family: family}}, nil
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

// Close releases both sockets.
func (k *kernel) Close() error {
	k.settings.Close()
	return k.conn.Close()
}

// Table reads all services and their destinations.
func (k *kernel) Table() (Table, error) {
	services, err := k.conn.services()
	if err != nil {
		return nil, fmt.Errorf("list IPVS services: %w", err)
	}
	t := make(Table, 0, len(services))
	for _, svc := range services {
		dests, err := k.conn.dests(svc.Key)
		if err != nil {
			return nil, fmt.Errorf("list IPVS destinations of %s: %w", svc.Key, err)
		}
		t = append(t, Entry{Service: svc, Dests: dests})
	}
	return t, nil
}

// Apply does the ops in order, in batches.
func (k *kernel) Apply(ops []Op) []error { return k.conn.settle(ops) }

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
