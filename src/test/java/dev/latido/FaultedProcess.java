package dev.latido;

import dev.latido.owner.OwnerFault;
import dev.latido.process.ProcessEnd;

/** A process whose owner has failed. */
public final class FaultedProcess {

    private FaultedProcess() {}

    public static void main(String[] args) {
        ProcessEnd.arm();
        ServiceProcess.ownerFaulted(new OwnerFault("email", new IllegalStateException("half of it")));
    }
}
