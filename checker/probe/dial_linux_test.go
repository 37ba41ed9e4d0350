// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"vipward/conf"
)

// acceptor gives a check of a server, and the ports from which it was connected to.
func acceptor(t *testing.T, c conf.Checker) (*conf.Checker, <-chan int) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	ports := make(chan int, 10)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			ports <- conn.RemoteAddr().(*net.TCPAddr).Port
			_ = conn.Close()
		}
	}()
	at := netip.MustParseAddrPort(l.Addr().String())
	c.Kind, c.ConnectIP, c.ConnectPort, c.ConnectTimeout = "TCP_CHECK", at.Addr(), at.Port(), 5*time.Second
	return &c, ports
}

// freePort is a port that nobody uses now.
func freePort(t *testing.T) uint16 {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return netip.MustParseAddrPort(l.Addr().String()).Port()
}

// A check with a source port of its own works more than once: nothing of the last
// connection is in its way. keepalived's works once.
func TestDialBindPort(t *testing.T) {
	t.Parallel()
	port := freePort(t)
	for _, bind := range []string{"", "127.0.0.1"} {
		c, ports := acceptor(t, conf.Checker{CheckSettings: &conf.CheckSettings{BindPort: port}})
		if bind != "" {
			c.BindIP = netip.MustParseAddr(bind)
		}
		for run := range 3 {
			if r := (tcp{c}).Run(t.Context()); r.Outcome != Passed {
				t.Fatalf("bound to %q, run %d: %+v", bind, run, r)
			}
			if got := <-ports; got != int(port) {
				t.Errorf("bound to %q: from port %d, want %d", bind, got, port)
			}
		}
	}
}

// Two servers are checked from one source port at a time.
func TestDialBindPortShared(t *testing.T) {
	t.Parallel()
	port := freePort(t)
	one, _ := acceptor(t, conf.Checker{CheckSettings: &conf.CheckSettings{BindPort: port}})
	two, _ := acceptor(t, conf.Checker{CheckSettings: &conf.CheckSettings{BindPort: port}})
	for _, c := range []*conf.Checker{one, two} {
		conn, err := dial(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
	}
}

func TestDialBindIf(t *testing.T) {
	t.Parallel()
	c, _ := acceptor(t, conf.Checker{CheckSettings: &conf.CheckSettings{BindIf: "lo"}})
	if r := (tcp{c}).Run(t.Context()); r.Outcome != Passed {
		t.Errorf("lo: %+v", r)
	}
	c.BindIf = "nosuchif"
	r := tcp{c}.Run(t.Context())
	var device *DeviceError
	if r.Outcome != Untold || !errors.As(r.Cause, &device) || !errors.Is(r.Cause, ErrBind) || !errors.Is(r.Cause, syscall.ENODEV) {
		t.Fatalf("nosuchif: %+v", r)
	}
	if want := "bind to device nosuchif: no such device"; device.Error() != want {
		t.Errorf("%q, want %q", device, want)
	}
}

func TestDialMark(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("marks need CAP_NET_ADMIN")
	}
	c, _ := acceptor(t, conf.Checker{CheckSettings: &conf.CheckSettings{FWMark: 0x89abcdef}})
	conn, err := dial(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	raw, err := conn.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var mark int
	if cerr := raw.Control(func(fd uintptr) { mark, err = unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_MARK) }); cerr != nil || err != nil {
		t.Fatal(cerr, err)
	}
	if uint32(mark) != c.FWMark {
		t.Errorf("mark %#x, want %#x", uint32(mark), c.FWMark)
	}
}

func TestTarget(t *testing.T) {
	t.Parallel()
	tests := []struct {
		ip, device, want string
	}{
		{"10.0.0.1", "eth0", "10.0.0.1:80"},
		{"fd00::1", "eth0", "[fd00::1]:80"},
		{"fe80::1", "eth0", "[fe80::1%eth0]:80"},
		{"fe80::1", "", "[fe80::1]:80"},
		{"169.254.0.1", "eth0", "169.254.0.1:80"},
	}
	for _, tt := range tests {
		c := &conf.Checker{ConnectIP: netip.MustParseAddr(tt.ip), ConnectPort: 80, CheckSettings: &conf.CheckSettings{BindIf: tt.device}}
		if got := target(c).String(); got != tt.want {
			t.Errorf("%s on %s: %s, want %s", tt.ip, tt.device, got, tt.want)
		}
	}
}

func TestSource(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, network, target, bind string
		port                        uint16
		want                        string
	}{
		{"address", "tcp", "10.0.0.1", "10.0.0.9", 0, "tcp 10.0.0.9:0"},
		{"both", "udp", "10.0.0.1", "10.0.0.9", 53, "udp 10.0.0.9:53"},
		{"port", "tcp", "10.0.0.1", "", 53, "tcp 0.0.0.0:53"},
		{"port of IPv6", "udp", "fd00::1", "", 53, "udp [::]:53"},
		{"link-local", "tcp", "fe80::1", "fe80::9", 1, "tcp [fe80::9%eth0]:1"},
	}
	for _, tt := range tests {
		c := &conf.Checker{ConnectIP: netip.MustParseAddr(tt.target), CheckSettings: &conf.CheckSettings{BindPort: tt.port, BindIf: "eth0"}}
		if tt.bind != "" {
			c.BindIP = netip.MustParseAddr(tt.bind)
		}
		at := source(c, tt.network)
		if got := at.Network() + " " + at.String(); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
	if got := source(&conf.Checker{CheckSettings: &conf.CheckSettings{}}, "tcp"); got != nil {
		t.Errorf("nothing to bind to: %v", got)
	}
}
