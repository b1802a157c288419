/**
 * @generated SignedSource<<553acec417db2869be9d804cab7cec02>>
 * @lightSyntaxTransform
 */

/* tslint:disable */
/* eslint-disable */
// @ts-nocheck

import type { ConcreteRequest } from 'relay-runtime';
export type relayInboxEventsSubscription$variables = {
  after?: string | null | undefined;
};
export type relayInboxEventsSubscription$data = {
  readonly inboxEvents: {
    readonly __typename: string;
    readonly cursor: string;
    readonly viewer: {
      readonly id: string;
      readonly inbox: {
        readonly eventsCursor: string;
        readonly nodes: ReadonlyArray<{
          readonly body: string;
          readonly id: string;
          readonly readAt: string | null | undefined;
          readonly sentAt: string;
          readonly title: string;
        }>;
      };
      readonly unreadByCategory: ReadonlyArray<{
        readonly category: string;
        readonly count: number;
      }>;
      readonly unreadCount: number;
    };
  };
};
export type relayInboxEventsSubscription = {
  response: relayInboxEventsSubscription$data;
  variables: relayInboxEventsSubscription$variables;
};

const node: ConcreteRequest = (function(){
var v0 = [
  {
    "defaultValue": null,
    "kind": "LocalArgument",
    "name": "after"
  }
],
v1 = {
  "alias": null,
  "args": null,
  "kind": "ScalarField",
  "name": "id",
  "storageKey": null
},
v2 = [
  {
    "alias": null,
    "args": [
      {
        "kind": "Variable",
        "name": "after",
        "variableName": "after"
      }
    ],
    "concreteType": null,
    "kind": "LinkedField",
    "name": "inboxEvents",
    "plural": false,
    "selections": [
      {
        "alias": null,
        "args": null,
        "kind": "ScalarField",
        "name": "__typename",
        "storageKey": null
      },
      {
        "alias": null,
        "args": null,
        "kind": "ScalarField",
        "name": "cursor",
        "storageKey": null
      },
      {
        "alias": null,
        "args": null,
        "concreteType": "Viewer",
        "kind": "LinkedField",
        "name": "viewer",
        "plural": false,
        "selections": [
          (v1/*:: as any*/),
          {
            "alias": null,
            "args": null,
            "kind": "ScalarField",
            "name": "unreadCount",
            "storageKey": null
          },
          {
            "alias": null,
            "args": null,
            "concreteType": "CategoryCount",
            "kind": "LinkedField",
            "name": "unreadByCategory",
            "plural": true,
            "selections": [
              {
                "alias": null,
                "args": null,
                "kind": "ScalarField",
                "name": "category",
                "storageKey": null
              },
              {
                "alias": null,
                "args": null,
                "kind": "ScalarField",
                "name": "count",
                "storageKey": null
              }
            ],
            "storageKey": null
          },
          {
            "alias": null,
            "args": [
              {
                "kind": "Literal",
                "name": "first",
                "value": 20
              }
            ],
            "concreteType": "InboxConnection",
            "kind": "LinkedField",
            "name": "inbox",
            "plural": false,
            "selections": [
              {
                "alias": null,
                "args": null,
                "concreteType": "InboxItem",
                "kind": "LinkedField",
                "name": "nodes",
                "plural": true,
                "selections": [
                  (v1/*:: as any*/),
                  {
                    "alias": null,
                    "args": null,
                    "kind": "ScalarField",
                    "name": "title",
                    "storageKey": null
                  },
                  {
                    "alias": null,
                    "args": null,
                    "kind": "ScalarField",
                    "name": "body",
                    "storageKey": null
                  },
                  {
                    "alias": null,
                    "args": null,
                    "kind": "ScalarField",
                    "name": "sentAt",
                    "storageKey": null
                  },
                  {
                    "alias": null,
                    "args": null,
                    "kind": "ScalarField",
                    "name": "readAt",
                    "storageKey": null
                  }
                ],
                "storageKey": null
              },
              {
                "alias": null,
                "args": null,
                "kind": "ScalarField",
                "name": "eventsCursor",
                "storageKey": null
              }
            ],
            "storageKey": "inbox(first:20)"
          }
        ],
        "storageKey": null
      }
    ],
    "storageKey": null
  }
];
return {
  "fragment": {
    "argumentDefinitions": (v0/*:: as any*/),
    "kind": "Fragment",
    "metadata": null,
    "name": "relayInboxEventsSubscription",
    "selections": (v2/*:: as any*/),
    "type": "Subscription",
    "abstractKey": null
  },
  "kind": "Request",
  "operation": {
    "argumentDefinitions": (v0/*:: as any*/),
    "kind": "Operation",
    "name": "relayInboxEventsSubscription",
    "selections": (v2/*:: as any*/)
  },
  "params": {
    "cacheID": "217537510d75a45576b0a0181f2a6252",
    "id": null,
    "metadata": {},
    "name": "relayInboxEventsSubscription",
    "operationKind": "subscription",
    "text": "subscription relayInboxEventsSubscription(\n  $after: String\n) {\n  inboxEvents(after: $after) {\n    __typename\n    cursor\n    viewer {\n      id\n      unreadCount\n      unreadByCategory {\n        category\n        count\n      }\n      inbox(first: 20) {\n        nodes {\n          id\n          title\n          body\n          sentAt\n          readAt\n        }\n        eventsCursor\n      }\n    }\n  }\n}\n"
  }
};
})();

(node as any).hash = "f509e2d98ae53711cba147bd021521e1";

export default node;
