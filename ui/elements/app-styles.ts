import { css } from 'lit';

export const appStyles = css`
  .frame {
    display: grid;
    grid-template-columns: 208px minmax(0, 1fr);
    min-height: 100vh;
  }
  .column {
    min-width: 0;
  }
  .top {
    position: sticky;
    top: 0;
    z-index: 2;
    display: flex;
    align-items: center;
    justify-content: space-between;
    gap: 16px;
    min-height: 48px;
    padding: 8px 32px;
    border-bottom: 1px solid var(--lw-line);
    background: var(--lw-canvas);
  }
  .tenant {
    min-width: 0;
    margin: 0;
  }
  .tenant select {
    max-width: min(100%, 320px);
    min-height: 30px;
    text-overflow: ellipsis;
    padding: 3px 4px 3px 8px;
    border-color: var(--lw-line);
    font-weight: 600;
  }
  main {
    max-width: 1376px;
    padding: 24px 32px 64px;
  }
  main:focus {
    outline: none;
  }
  .alone {
    max-width: 520px;
    margin: 0 auto;
    padding: 12vh 20px 48px;
  }
  .skip {
    position: fixed;
    top: 8px;
    left: 8px;
    z-index: 10;
  }
  .skip:not(:focus) {
    clip-path: inset(50%);
    width: 1px;
    height: 1px;
    overflow: hidden;
    padding: 0;
    min-height: 0;
  }
  @media (max-width: 800px) {
    .frame {
      display: flex;
      flex-direction: column;
    }
    .column {
      order: 1;
      flex: 1;
    }
    lw-rail {
      order: 2;
    }
    .top {
      flex-wrap: wrap;
      gap: 4px 16px;
      padding: 8px 16px;
    }
    main {
      padding: 16px 16px 24px;
    }
  }
`;
