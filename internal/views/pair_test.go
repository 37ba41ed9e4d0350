// SPDX-License-Identifier: Apache-2.0

package views

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"

	"vipward/internal/lab"
)

// pair is two nodes with a web server behind them, and the machine of an administrator.
type pair struct {
	admin  *lab.Host
	daemon [2]*lab.Daemon
	web    *lab.Web
	socket string // of the first node
}

// config is a node's keepalived.conf. One of the instances has a name that means harm.
const config = `global_defs {
  router_id LB
}
vrrp_instance VI_1 {
  state BACKUP
  priority %d
  interface eth0
  virtual_router_id 51
  advert_int 0.5
  version 3
  virtual_ipaddress {
    192.0.2.100/24
  }
}
vrrp_instance <img/src=x/onerror=alert(1)> {
  state BACKUP
  priority %d
  interface eth0
  virtual_router_id 52
  advert_int 0.5
  version 3
  virtual_ipaddress {
    192.0.2.101/24
  }
}
virtual_server 192.0.2.100 80 {
  delay_loop 1
  lb_algo rr
  lb_kind NAT
  protocol TCP
  alpha
  real_server 192.0.2.51 80 {
    HTTP_GET {
      url {
        path /
        status_code 200
      }
      connect_timeout 1
      retry 0
    }
  }
}
`

func newPair(t *testing.T) *pair {
	t.Helper()
	street := lab.NewNet(t)
	dir, err := os.MkdirTemp("", "vipward-views-*") // short: the name of a socket has 107 characters
	must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	p := &pair{admin: street.Host("admin", "192.0.2.9/24"), socket: filepath.Join(dir, "api", "s")}
	p.web = street.Host("web", "192.0.2.51/24").Web(":80")
	for i := range p.daemon {
		h := street.Host(fmt.Sprintf("lb%d", i+1), fmt.Sprintf("192.0.2.%d/24", 11+i))
		options := []string{"--page", "0.0.0.0:9166"}
		if i == 0 {
			options = append(options, "--control", p.socket)
		}
		p.daemon[i] = lab.StartDaemon(h, lab.Vipward, fmt.Sprintf(config, 150-50*i, 150-50*i), options...)
	}
	return p
}

// live: the page of each node shows its state; what happens is seen without loading it again,
// and a daemon that was started again too.
func live(v *viewer, pair *pair) {
	master, backup := v.open("http://192.0.2.11:9166/", 1280, 900), v.open("http://192.0.2.12:9166/", 375, 812)
	const first = `document.querySelector("#instances tbody tr")?.textContent`
	master.Until(first + `.includes("VI_1MASTER")`)
	backup.Until(first + `.includes("VI_1BACKUP") && ` + first + `.includes("192.0.2.11 (150)")`)
	master.Until(`document.querySelector(".servers tbody tr")?.textContent.includes("192.0.2.51:80UP")`)
	if name := master.Text("#instances tbody tr:nth-child(2) td.name"); name != "<img/src=x/onerror=alert(1)>" {
		v.t.Errorf("the second instance is %q", name)
	}
	fits(v.t, backup, "a phone")

	master.Eval(`void (window.same = true)`, nil)
	pair.web.Stop()
	master.Until(`document.querySelector("#events").textContent.includes("real server [192.0.2.51]:tcp:80 of [192.0.2.100]:tcp:80: DOWN")`)
	master.Until(`document.querySelector(".servers tbody tr").textContent.includes("DOWN")`)
	master.Until(`document.querySelector(".wrong").textContent.includes("1 of 1 down") && window.same`)
	pair.web.Start()
	master.Until(`document.querySelector(".servers tbody tr").textContent.includes("UP") && window.same`)

	pair.daemon[0].Stop()
	backup.Until(first + `.includes("VI_1MASTER")`)
	master.Until(`document.querySelector("#live").textContent === "no answer"`)
	pair.daemon[0].Start()
	master.Until(`document.querySelector("#live").textContent === "live" && ` + first + `.includes("VI_1MASTER") && window.same`)
	master.Forgive("Failed to load resource", "ERR_") // while there was no daemon
}

// socket: over a forwarded socket the same page.
func socket(v *viewer, pair *pair) {
	p := v.open(forward(v, pair.socket)+"page/", 800, 600)
	p.Until(`document.querySelector("#instances tbody tr")?.textContent.includes("VI_1MASTER") && document.querySelector("#live").textContent === "live"`)
	var title string
	if p.Eval(`document.title`, &title); !strings.Contains(title, ":") {
		v.t.Errorf("title %q", title)
	}
}

// forward does what ssh -L does, and gives the address in a browser.
func forward(v *viewer, path string) string {
	var l net.Listener
	must(v.t, v.host.Do(func() (err error) {
		l, err = net.Listen("tcp", "127.0.0.1:0")
		return err
	}))
	var g errgroup.Group
	ctx, cancel := context.WithCancel(context.Background())
	g.Go(func() error {
		for {
			from, err := l.Accept()
			if err != nil {
				return nil // it is closed
			}
			g.Go(func() error { return join(ctx, from, path) })
		}
	})
	v.t.Cleanup(func() {
		cancel()
		if err := errors.Join(l.Close(), g.Wait()); err != nil {
			v.t.Error(err)
		}
	})
	return "http://" + strings.Replace(l.Addr().String(), "127.0.0.1", "localhost", 1) + "/"
}

// join copies both ways until one end closes, or ctx ends.
func join(ctx context.Context, from net.Conn, path string) error {
	to, err := (&net.Dialer{}).DialContext(ctx, "unix", path)
	if err != nil {
		_ = from.Close()
		return nil // the browser sees that
	}
	closeBoth := func() { _, _ = from.Close(), to.Close() }
	defer context.AfterFunc(ctx, closeBoth)()
	var g errgroup.Group
	for _, c := range [][2]net.Conn{{from, to}, {to, from}} {
		g.Go(func() error {
			defer closeBoth()
			_, _ = io.Copy(c[0], c[1]) // one end closes in the middle
			return nil
		})
	}
	return g.Wait()
}
