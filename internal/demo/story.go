// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"slices"
	"syscall"
	"time"

	"vipward/internal/lab"
)

const (
	soon     = 20 * time.Second // for what takes a few seconds
	mastered = `\(VI_1\) Entering MASTER STATE`
)

// play shows all chapters.
func (s *stage) play() {
	s.begin()
	s.serverDies()
	s.allServersDie()
	s.reload()
	s.reloadBroken()
	s.childDies()
	s.powerCut()
	s.comeBack()
	s.maintenance()
	s.end()
}

// begin waits for the first master and the first answers.
func (s *stage) begin() {
	s.title("Two nodes start")
	s.say("lb1, lb2", "start with priority 150 and 100")
	s.lb1.WaitLine(mastered, soon)
	s.say("lb1", "MASTER, holds %s", vip)
	s.served("web1", "web2")
}

// serverDies stops one web server and starts it again.
func (s *stage) serverDies() {
	s.title("A web server dies, and returns")
	from, mark := time.Now(), s.lb1.Mark()
	s.web["web1"].Stop()
	s.say("web1", "stopped")
	s.lb1.WaitLineFrom(mark, removing("web1"), soon)
	s.say("lb1", "takes web1 out after %s", span(time.Since(from)))
	s.served("web2")
	s.lost(from)
	from = time.Now()
	s.web["web1"].Start()
	s.say("web1", "is back")
	s.lb1.WaitLineFrom(mark, adding("web1"), soon)
	s.say("lb1", "takes web1 in after %s", span(time.Since(from)))
	s.served("web1", "web2")
}

// allServersDie shows the sorry server.
func (s *stage) allServersDie() {
	s.title("All web servers die: the sorry server")
	mark := s.lb1.Mark()
	s.web["web1"].Stop()
	s.web["web2"].Stop()
	s.say("web1, web2", "stopped")
	s.lb1.WaitLineFrom(mark, "Adding sorry server", soon)
	s.served("sorry")
	s.web["web1"].Start()
	s.web["web2"].Start()
	s.say("web1, web2", "are back")
	for _, line := range []string{adding("web1"), adding("web2"), "Removing sorry server"} {
		s.lb1.WaitLineFrom(mark, line, soon)
	}
	s.served("web1", "web2")
}

// reload changes one weight.
func (s *stage) reload() {
	s.title("Reload: web2 gets four times the work")
	from, before := time.Now(), s.lb1.table(s.t)
	s.lb1.conf.weight, s.lb2.conf.weight = 4, 4
	s.lb2.Reload(s.lb2.conf.text())
	mark := s.lb1.Reload(s.lb1.conf.text())
	s.lb1.WaitLineFrom(mark, "Reload complete", soon)
	var entry string
	lab.Wait(s.t, soon, "the one changed entry", func() (err error) {
		entry, err = changed(before, s.lb1.table(s.t))
		return err
	})
	s.say("lb1", "the one entry that changed: %s", entry)
	s.served("web1", "web2")
	s.lost(from)
	s.check(s.lb1.Count(mark, "Entering") == 0, "the reload changed a VRRP state")
}

// reloadBroken tries a file with an error.
func (s *stage) reloadBroken() {
	s.title("Reload of a broken file: nothing changes")
	before, broken := s.lb1.table(s.t), s.lb1.conf
	broken.broken = true
	mark := s.lb1.Reload(broken.text())
	line := s.lb1.WaitLineFrom(mark, finding.String(), soon)
	s.say("lb1", "%s", finding.FindString(line))
	s.served("web1", "web2")
	s.check(slices.Equal(before, s.lb1.table(s.t)) && s.lb1.Count(mark, "Entering") == 0, "the broken file changed something")
	s.lb1.Write(s.lb1.conf.text())
}

// childDies kills the process that does the election.
func (s *stage) childDies() {
	s.title("kill -9 of the master's vrrp process")
	from, mark := time.Now(), s.lb1.Mark()
	old := s.lb1.KillRole(lab.VRRP)
	s.lb1.RunningRole(lab.VRRP, old, soon)
	s.say("lb1", "has a new one after %s", span(time.Since(from)))
	s.served("web1", "web2")
	s.lost(from)
	s.check(s.lb1.host.HasAddr(vip) && !s.lb2.host.HasAddr(vip) && s.lb1.Count(mark, "BACKUP STATE") == 0, "the VIP moved")
}

// powerCut kills the master, its kernel included.
func (s *stage) powerCut() {
	s.title("The master loses power")
	mark, from := s.lb2.Mark(), time.Now()
	s.lb1.KillTree()
	s.lb1.host.Unplug("eth0")
	s.lb1.host.Unplug("eth1")
	s.say("lb1", "power cut: kill -9 of every process, cables pulled")
	s.lb2.WaitLineFrom(mark, mastered, soon)
	s.say("lb2", "MASTER after %s: three adverts missed", span(time.Since(from)))
	s.served("web1", "web2")
	s.lost(from)
}

// comeBack starts the better node again.
func (s *stage) comeBack() {
	s.title("It comes back")
	s.lb1.Start()
	lab.Wait(s.t, soon, "the addresses of the dead process are gone", func() error {
		if s.lb1.host.HasAddr(vip) {
			return fmt.Errorf("%v", s.lb1.host.Addrs())
		}
		return nil
	})
	from := time.Now()
	s.lb1.host.Plug("eth1")
	s.lb1.host.Plug("eth0")
	s.say("lb1", "has power and cables again")
	s.lb1.WaitLine(mastered, soon)
	s.say("lb1", "MASTER after %s: its priority is higher", span(time.Since(from)))
	s.served("web1", "web2")
	s.lost(from)
}

// maintenance stops the master as an operator would.
func (s *stage) maintenance() {
	s.title("The master is told to stop")
	mark, from := s.lb2.Mark(), time.Now()
	s.lb1.Signal(syscall.SIGTERM)
	s.say("lb1", "SIGTERM")
	s.lb2.WaitLineFrom(mark, mastered, soon)
	s.say("lb2", "MASTER after %s: lb1 said that it leaves", span(time.Since(from)))
	s.left("lb1", s.lb1)
	s.served("web1", "web2")
	s.lost(from)
}

// end stops the last node.
func (s *stage) end() {
	s.title("The end")
	s.lb2.Signal(syscall.SIGTERM)
	s.left("lb2", s.lb2)
	fmt.Fprintln(s.out, "\nAll went as it should.")
}

// logs prints what the nodes said since their last start.
func (s *stage) logs() {
	for name, n := range map[string]*node{"lb1": s.lb1, "lb2": s.lb2} {
		s.title("Log of " + name)
		for _, line := range n.All() {
			fmt.Fprintln(s.out, line)
		}
	}
}
